/** As coarse as it is long. */
function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3_600)} h`;
}

export const texts = {
  fr: {
    skip: 'Aller au contenu',
    home: 'Vigie, accueil',
    changeAccount: 'Changer de compte',
    accountInUse: 'Compte',
    language: 'English',
    show: 'Afficher',
    hide: 'Masquer',
    showPassword: 'Afficher le mot de passe',
    hidePassword: 'Masquer le mot de passe',
    close: 'Fermer',
    tryAgain: 'Réessayer',
    required: 'Veuillez remplir ce champ.',
    unreachable: {
      title: 'Le serveur ne répond pas',
      detail: 'Vérifiez la connexion à internet, puis réessayez. Rien de ce que vous avez saisi n’est perdu.',
    },
    notUnderstood: {
      title: 'Le service est momentanément indisponible',
      detail: 'Attendez quelques instants, puis réessayez. Rien de ce que vous avez saisi n’est perdu.',
    },
    wait: (seconds: number) => `Réessayez dans ${span(seconds)}.`,
    status: {
      enrolled: 'Non pointé',
      waiting: 'Attend le pointage',
      present: 'Présent',
      inProgress: 'En cours',
      asksToResume: 'Veut reprendre',
      mayResume: 'Reprise autorisée',
      interrupted: 'Interrompu',
      overtime: 'Temps dépassé',
      finished: 'Terminé',
      ended: 'Arrêté',
    },
    zoneOf: (zone: string) => `heure de ${zone}`,
    examinerIs: (name: string) => `Surveillant : ${name}`,
    requestId: 'Référence à donner à l’assistance :',
  },
  en: {
    skip: 'Skip to content',
    home: 'Vigie, home',
    changeAccount: 'Change account',
    accountInUse: 'Account',
    language: 'Français',
    show: 'Show',
    hide: 'Hide',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    close: 'Close',
    tryAgain: 'Try again',
    required: 'Please fill in this field.',
    unreachable: {
      title: 'The server does not answer',
      detail: 'Check the internet connection, then try again. Nothing you typed is lost.',
    },
    notUnderstood: {
      title: 'The service is unavailable for the moment',
      detail: 'Wait a few moments, then try again. Nothing you typed is lost.',
    },
    wait: (seconds: number) => `Try again in ${span(seconds)}.`,
    status: {
      enrolled: 'Not ticked',
      waiting: 'Waits for the tick',
      present: 'Present',
      inProgress: 'In progress',
      asksToResume: 'Wants to resume',
      mayResume: 'May resume',
      interrupted: 'Interrupted',
      overtime: 'Overtime',
      finished: 'Finished',
      ended: 'Ended',
    },
    zoneOf: (zone: string) => `${zone} time`,
    examinerIs: (name: string) => `Proctor: ${name}`,
    requestId: 'Reference to give to support:',
  },
};
