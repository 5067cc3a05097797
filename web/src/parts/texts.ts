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
    /** Of who came in by a pass. */
    logOut: 'Se déconnecter',
    accountInUse: 'Compte',
    ownAccount: 'Mon compte',
    language: 'English',
    show: 'Afficher',
    hide: 'Masquer',
    showPassword: 'Afficher le mot de passe',
    hidePassword: 'Masquer le mot de passe',
    close: 'Fermer',
    tryAgain: 'Réessayer',
    required: 'Veuillez remplir ce champ.',
    noNetwork: {
      title: 'Pas de connexion à internet',
      detail: 'Vérifiez le câble ou le wifi, puis réessayez. Votre saisie est conservée.',
    },
    unreachable: {
      title: 'Le serveur ne répond pas',
      detail: 'Vérifiez la connexion à internet, puis réessayez. Votre saisie est conservée.',
    },
    notUnderstood: {
      title: 'Le service est momentanément indisponible',
      detail: 'Attendez quelques instants, puis réessayez. Votre saisie est conservée.',
    },
    wait: (seconds: number) => `Réessayez dans ${span(seconds)}.`,
    status: {
      enrolled: 'À cocher',
      absent: 'Absent',
      waiting: 'Présence à confirmer',
      present: 'Présence confirmée',
      neverStarted: 'Présent, n’a pas commencé',
      inProgress: 'En cours',
      asksToResume: 'Demande à reprendre',
      mayResume: 'Reprise autorisée',
      interrupted: 'Interrompu',
      overtime: 'Temps dépassé',
      finished: 'Terminé',
      ended: 'Terminé',
    },
    /** Whether whoever is done ended it themselves. */
    over: { finished: 'par le candidat', ended: 'test arrêté' },
    sign: { calls: 'Appelle', away: 'Ne répond plus', codeLocked: 'Code bloqué', notStarted: 'N’a pas commencé' },
    zoneOf: (zone: string) => `heure de ${zone}`,
    terms: 'Conditions d’utilisation',
    privacy: 'Politique de confidentialité',
    requestId: 'Référence à donner à l’assistance\u00a0:',
  },
  en: {
    skip: 'Skip to content',
    home: 'Vigie, home',
    changeAccount: 'Change account',
    logOut: 'Log out',
    accountInUse: 'Account',
    ownAccount: 'My account',
    language: 'Français',
    show: 'Show',
    hide: 'Hide',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    close: 'Close',
    tryAgain: 'Try again',
    required: 'Please fill in this field.',
    noNetwork: {
      title: 'No internet connection',
      detail: 'Check the cable or the wifi, then try again. What you typed is kept.',
    },
    unreachable: {
      title: 'The server does not answer',
      detail: 'Check the internet connection, then try again. What you typed is kept.',
    },
    notUnderstood: {
      title: 'The service is unavailable for the moment',
      detail: 'Wait a few moments, then try again. What you typed is kept.',
    },
    wait: (seconds: number) => `Try again in ${span(seconds)}.`,
    status: {
      enrolled: 'To tick',
      absent: 'Absent',
      waiting: 'Presence to confirm',
      present: 'Presence confirmed',
      neverStarted: 'Present, never started',
      inProgress: 'In progress',
      asksToResume: 'Asks to resume',
      mayResume: 'May resume',
      interrupted: 'Interrupted',
      overtime: 'Overtime',
      finished: 'Over',
      ended: 'Over',
    },
    over: { finished: 'by the candidate', ended: 'test ended' },
    sign: { calls: 'Calls', away: 'Does not answer', codeLocked: 'Code locked', notStarted: 'Has not started' },
    zoneOf: (zone: string) => `${zone} time`,
    terms: 'Terms of use',
    privacy: 'Privacy policy',
    requestId: 'Reference to give to support:',
  },
};
