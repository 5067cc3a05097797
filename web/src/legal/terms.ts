import type { Documents } from './documents';

/** What whoever uses Vigie agrees to. */
export const terms: Documents = {
  fr: ({ operator, contact }) => [
    {
      title: 'À quoi sert ce service',
      text: [
        `Vigie est le service avec lequel ${operator} (« l’opérateur ») organise des sessions de certification des compétences numériques : on y inscrit les candidats, on y confirme qui est présent, on y commence son test et on y suit la salle. Il ne sert à rien d’autre.`,
        'Les questions du test sont posées par un autre système, qui s’ouvre dans la page. Il peut avoir ses propres conditions.',
        'Ces conditions s’appliquent à toute personne qui utilise le service : candidats, surveillants et organisateurs. Vous les acceptez en créant votre compte. Un candidat qui entre avec un laissez-passer, sans compte, doit les respecter aussi.',
      ],
    },
    {
      title: 'Votre compte',
      text: [
        [
          'Votre prénom et votre nom sont ceux de votre pièce d’identité.',
          'Votre adresse e-mail est la vôtre. Elle permet de remplacer un mot de passe oublié.',
          'Votre compte est personnel : vous ne le prêtez pas et vous ne donnez votre mot de passe à personne, pas même à votre surveillant ou à votre professeur.',
          'Si vous pensez que quelqu’un d’autre connaît votre mot de passe, changez-le dans « Mon compte ».',
          'Sur un ordinateur que d’autres utilisent, choisissez « Changer de compte » ou fermez la fenêtre du navigateur avant de partir.',
        ],
        'Si vous êtes mineur, montrez ces conditions à vos parents ou à la personne qui s’occupe de vous, et posez-leur vos questions.',
      ],
    },
    {
      title: 'Si vous passez le test',
      text: [
        [
          'Vous passez le test vous-même, sous votre vrai nom. Il est interdit d’entrer à la place de quelqu’un d’autre.',
          'Vous commencez quand votre surveillant a confirmé votre présence, avec le code d’accès qu’il donne dans la salle. Vous ne transmettez ce code à personne.',
          'Si vous quittez le test, volontairement ou à cause d’une panne, vous ne le reprenez qu’avec l’autorisation de votre surveillant.',
          'Un test terminé ne peut plus être repris, que vous l’ayez terminé vous-même ou que votre surveillant l’ait fait.',
          'En cas de problème, appelez votre surveillant : la page a un bouton pour cela, et lever la main suffit aussi.',
        ],
      ],
    },
    {
      title: 'Si vous surveillez ou organisez une session',
      text: [
        [
          'Vous n’agissez que dans les sessions qui vous ont été confiées, et seulement pour leur bon déroulement.',
          'Vous vérifiez l’identité de chaque candidat avant de confirmer sa présence ou de lui donner un laissez-passer.',
          'Vous gardez pour vous le mot de passe de la session. Vous ne donnez le code d’accès que dans la salle, et un laissez-passer qu’au candidat qu’il concerne.',
          'Ce que vous lisez des candidats (nom, date de naissance, temps supplémentaire, ce qui s’est passé pendant le test) est confidentiel : vous ne le copiez pas, ne le photographiez pas et n’en parlez qu’aux personnes qui doivent le savoir. Les documents imprimés sont rangés, puis détruits.',
          'Dans le motif d’un ajout de minutes ou dans un incident, vous écrivez des faits, en peu de mots, sans jugement et sans détail sur la santé de quelqu’un.',
          'Un organisateur n’inscrit que les candidats de son centre, avec des données exactes, après les avoir informés, ainsi que leurs parents, de ce que dit la politique de confidentialité.',
        ],
      ],
    },
    {
      title: 'Ce qui est enregistré',
      text: [
        'Ce que font le surveillant, le candidat et l’organisateur pendant la session (présence, début, interruption, reprise, minutes ajoutées, fin, incidents) est enregistré avec l’heure et avec le compte qui l’a fait. C’est ce qui permet de prouver comment la session s’est passée. La politique de confidentialité dit ce qui est gardé, combien de temps, et quels sont vos droits.',
      ],
    },
    {
      title: 'Ce qui est interdit',
      text: [
        [
          'Chercher à deviner ou à obtenir le mot de passe, le code ou le laissez-passer de quelqu’un d’autre.',
          'Se faire passer pour quelqu’un d’autre, ou empêcher quelqu’un de passer son test.',
          'Contourner les protections du service, le surcharger, ou y chercher des données qui ne vous concernent pas.',
        ],
        'L’opérateur peut fermer un compte qui a servi à l’une de ces choses. Les suites pour la certification sont décidées par des personnes, selon le règlement de l’examen. La loi punit l’accès frauduleux à un système informatique (articles 323-1 et suivants du code pénal).',
        'Si vous avez trouvé une faille, dites-le à l’opérateur sans l’exploiter ni la rendre publique : il vous en sera reconnaissant.',
      ],
    },
    {
      title: 'Le fonctionnement du service',
      text: [
        'L’opérateur fait le nécessaire pour que le service soit disponible pendant les sessions, et pour que rien de ce qui est enregistré ne soit perdu. Il ne peut pas promettre qu’aucune panne n’arrivera. Le réseau et les ordinateurs de la salle dépendent du centre.',
        'Après une coupure, un test reprend là où il en était, avec l’autorisation du surveillant, qui peut aussi ajouter les minutes perdues. Si une session ne peut pas avoir lieu, c’est le centre qui dit ce qui la remplace.',
      ],
    },
    {
      title: 'Arrêter d’utiliser le service',
      text: [
        'Vous pouvez supprimer votre compte à tout moment dans « Mon compte », sauf tant qu’une session à laquelle vous participez comme candidat est ouverte. Ce qui reste ensuite est expliqué dans la politique de confidentialité.',
      ],
    },
    {
      title: 'Quand ces conditions changent',
      text: [
        'La version que vous avez acceptée est notée avec votre compte. La version en vigueur est toujours sur cette page, avec sa date. L’opérateur annonce un changement important avant qu’il ne s’applique.',
      ],
    },
    {
      title: 'Droit applicable et contact',
      text: [
        'Ces conditions suivent le droit français. En cas de désaccord, écrivez d’abord à l’opérateur : la plupart des problèmes se règlent ainsi. Sinon, les tribunaux français sont compétents.',
        `Pour nous écrire : ${contact}.`,
      ],
    },
  ],
  en: ({ operator, contact }) => [
    {
      title: 'What this service is for',
      text: [
        `Vigie is the service with which ${operator} (“the operator”) runs sessions of a digital-skills certification: candidates are enrolled in it, their presence is confirmed, they start their test, and the room is watched over. It is for nothing else.`,
        'The questions of the test are asked by another system, which opens within the page. It may have terms of its own.',
        'These terms hold for everybody who uses the service: candidates, proctors and organisers. You accept them when you create your account. A candidate who comes in by a pass, without an account, must keep to them too.',
      ],
    },
    {
      title: 'Your account',
      text: [
        [
          'Your first and last names are those of your identity document.',
          'Your e-mail address is your own. It lets you replace a forgotten password.',
          'Your account is personal: you lend it to nobody and give your password to nobody, not even to your proctor or teacher.',
          'If you think that somebody else knows your password, change it under “My account”.',
          'On a computer that others use, choose “Change account” or close the browser’s window before you leave.',
        ],
        'If you are a minor, show these terms to your parents or to whoever looks after you, and ask them your questions.',
      ],
    },
    {
      title: 'If you take the test',
      text: [
        [
          'You take the test yourself, under your real name. Taking somebody else’s place is forbidden.',
          'You start once your proctor has confirmed your presence, with the access code given in the room. You pass this code on to nobody.',
          'If you leave the test, on purpose or because something broke down, you resume it only with your proctor’s authorisation.',
          'A test that has ended can’t be resumed, whether you ended it yourself or your proctor did.',
          'If there is a problem, call your proctor: the page has a button for it, and raising your hand will do too.',
        ],
      ],
    },
    {
      title: 'If you proctor or organise a session',
      text: [
        [
          'You act only in the sessions entrusted to you, and only so that they go well.',
          'You check who each candidate is before you confirm their presence or give them a pass.',
          'You keep the session password to yourself. You give the access code in the room only, and a pass only to the candidate it is for.',
          'What you read about candidates (name, birth date, extra time, what happened during the test) is confidential: you don’t copy or photograph it, and speak of it only to those who must know. Printed documents are put away, then destroyed.',
          'In the reason for added minutes and in an incident you write facts, in few words, without judgement and without details of anybody’s health.',
          'An organiser enrols only the candidates of their centre, with data that are right, after telling them and their parents what the privacy policy says.',
        ],
      ],
    },
    {
      title: 'What is recorded',
      text: [
        'What proctor, candidate and organiser do during the session (presence, start, interruption, resumption, added minutes, end, incidents) is recorded with its time and with the account that did it. It is what proves how the session went. The privacy policy says what is kept, for how long, and what your rights are.',
      ],
    },
    {
      title: 'What is forbidden',
      text: [
        [
          'Trying to guess or obtain somebody else’s password, code or pass.',
          'Passing yourself off as somebody else, or keeping somebody from taking their test.',
          'Getting around the service’s protections, overloading it, or looking in it for data that do not concern you.',
        ],
        'The operator may close an account that was used for any of these. What follows for the certification is decided by people, by the rules of the exam. Fraudulent access to a computer system is punished by law (articles 323-1 and following of the French penal code).',
        'If you found a weakness, tell the operator, without making use of it or making it public: they will be grateful.',
      ],
    },
    {
      title: 'How the service runs',
      text: [
        'The operator does what it takes for the service to be there during sessions, and for nothing of what is recorded to be lost. It can’t promise that nothing will ever break down. The network and the computers of the room are the centre’s.',
        'After an interruption a test goes on where it was, with the authorisation of the proctor, who can also add the minutes that were lost. If a session can’t take place, the centre says what takes its place.',
      ],
    },
    {
      title: 'No longer using the service',
      text: [
        'You can delete your account at any time under “My account”, except while a session is open in which you take part as a candidate. What remains afterwards is explained in the privacy policy.',
      ],
    },
    {
      title: 'When these terms change',
      text: [
        'The version that you accepted is noted with your account. The version in force is always on this page, with its date. The operator announces an important change before it applies.',
      ],
    },
    {
      title: 'Law and contact',
      text: [
        'These terms follow French law. If you disagree with something, write to the operator first: most problems are settled that way. Otherwise the French courts decide.',
        `To write to us: ${contact}.`,
      ],
    },
  ],
};
