export const texts = {
  fr: {
    title: 'La salle d’examen',
    lead: 'Que venez-vous faire\u00a0?',
    candidate: ['Je passe le test', 'Avec le numéro de la session que donne votre surveillant.'],
    proctor: ['Je surveille une session', 'Avec votre compte, puis le numéro et le mot de passe de la session, qui sont sur le kit.'],
    organiser: ['J’organise des sessions', 'Créer une session, inscrire les candidats, imprimer le kit, finaliser.'],
    verify: 'Vérifier un relevé',
  },
  en: {
    title: 'The exam room',
    lead: 'What are you here for?',
    candidate: ['I take the test', 'With the session number that your proctor gives.'],
    proctor: ['I proctor a session', 'With the session number and password of the proctor’s kit.'],
    organiser: ['I organise sessions', 'Create a session, enrol candidates, print the kit, finalise.'],
    verify: 'Check a record',
  },
};
