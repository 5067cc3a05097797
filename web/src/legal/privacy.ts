import type { Documents } from './documents';

/** What is held about people, why, for how long, and what they can ask. `docs/privacy.md` has the same for whoever operates Vigie. */
export const privacy: Documents = {
  fr: ({ operator, contact }) => [
    {
      title: 'En bref',
      text: [
        [
          'Nous gardons ce qu’il faut pour savoir qui passe la certification et pour prouver comment la session s’est passée. Rien d’autre.',
          'Ni publicité, ni cookies, ni mesure d’audience. Rien n’est vendu ni prêté.',
          'Vigie n’utilise ni caméra ni micro, n’enregistre pas l’écran, et aucune intelligence artificielle ne vous surveille.',
          'Dans « Mon compte », vous voyez ce qui est gardé sur votre compte, vous corrigez votre nom, et vous pouvez supprimer le compte.',
        ],
      ],
    },
    {
      title: 'Qui est responsable',
      text: [
        `Le responsable du traitement de vos données est ${operator} (« l’opérateur »). Pour toute question sur vos données, écrivez à ${contact}. C’est aussi l’adresse à laquelle joindre son délégué à la protection des données.`,
      ],
    },
    {
      title: 'Ce qui est gardé sur votre compte',
      text: [
        [
          'Votre prénom, votre nom et votre adresse e-mail, et si cette adresse a été confirmée.',
          'Votre mot de passe, mais seulement sous la forme d’une empreinte : personne ne peut le lire, pas même l’opérateur.',
          'La date de création du compte, celle de votre dernier accès, la version de ces documents que vous avez acceptée et quand.',
          'Votre rôle et votre centre, si vous êtes organisateur.',
          'Pour les cinq derniers appareils avec lesquels vous vous êtes connecté : l’empreinte d’un numéro tiré au hasard, et la date. Ce numéro ne dit rien de l’appareil. Il évite que des erreurs de mot de passe faites ailleurs vous bloquent.',
        ],
        'Le prénom, le nom, l’adresse e-mail et le mot de passe sont obligatoires pour créer un compte.',
      ],
    },
    {
      title: 'Ce qui est gardé sur une session',
      text: [
        'Si vous êtes candidat :',
        [
          'votre prénom, votre nom et votre date de naissance ;',
          'le pourcentage de temps supplémentaire, s’il y en a un ;',
          'les heures et les étapes de votre test : présence confirmée, début, interruption, reprise, minutes ajoutées et leur motif, fin, et qui a fait chaque chose ;',
          'le compte avec lequel vous êtes entré : son numéro, son nom et une adresse e-mail masquée, comme « c…@exemple.fr » ; ou le fait que c’était avec un laissez-passer ;',
          'si vous avez appelé le surveillant, et ce que dit votre page : ouverte, fermée ou silencieuse.',
        ],
        'Si vous êtes surveillant ou organisateur : votre nom, le numéro de votre compte, quand vous êtes entré dans la session et ce que vous y avez fait. L’organisateur peut aussi avoir écrit le nom du surveillant prévu.',
        'Les incidents de la session : une catégorie et un texte libre, écrits par un surveillant ou un organisateur. Le texte ne doit contenir que des faits utiles.',
        'Les réponses au test ne sont pas dans Vigie : elles sont dans le système qui pose les questions.',
        'Le prénom, le nom, la date de naissance et le temps supplémentaire d’un candidat viennent de l’organisateur de son centre. Sans eux, le candidat ne peut pas être inscrit.',
      ],
    },
    {
      title: 'Le temps supplémentaire',
      text: [
        'Un pourcentage de temps supplémentaire peut laisser deviner un handicap ou un problème de santé. C’est pourquoi seul ce nombre est gardé, jamais la raison. Le voient : le candidat lui-même, les surveillants de sa session, les organisateurs de son centre, l’opérateur et le système qui pose les questions, parce que l’heure de fin du test en dépend.',
      ],
    },
    {
      title: 'Ce qui est gardé pour la sécurité',
      text: [
        [
          'Des compteurs d’erreurs : mots de passe, codes ou identités faux. Ils empêchent de deviner.',
          'Des liens envoyés par e-mail pour remplacer un mot de passe, confirmer une adresse ou inviter un organisateur, dont seule l’empreinte est gardée.',
          'Des journaux techniques : quelle action, quand, avec quel résultat. Ils ne contiennent ni nom, ni adresse e-mail, ni mot de passe, ni code.',
          'L’adresse IP des demandes que le pare-feu a arrêtées ou comptées, si l’opérateur en utilise un.',
        ],
      ],
    },
    {
      title: 'Pourquoi, et de quel droit',
      text: [
        'Ces données servent à organiser les sessions, à laisser chaque candidat passer son propre test, à régler les incidents, à prouver ensuite qu’une certification a été obtenue régulièrement, et à protéger le service.',
        'La base légale est la mission d’intérêt public de la certification (article 6, paragraphe 1, point e, du RGPD). C’est l’opérateur qui la détermine et qui en répond. Accepter ces documents à l’inscription veut dire que vous les avez lus : ce n’est pas sur votre consentement que repose le traitement.',
        'Aucune décision n’est prise sur vous par une machine seule. Le service applique des règles fixes (une heure, un nombre d’essais) ; ce sont des personnes qui décident.',
      ],
    },
    {
      title: 'Qui voit vos données',
      text: [
        [
          'Les surveillants de votre session : les candidats et ce qui s’y passe, et le nom des autres surveillants.',
          'Les organisateurs de votre centre : les sessions du centre et leur compte rendu, le nom et l’adresse e-mail des autres organisateurs.',
          'L’opérateur : un petit nombre de personnes habilitées, quand il le faut.',
          'Le système qui pose les questions : qui passe le test, et jusqu’à quand.',
          'Les prestataires techniques de l’opérateur, qui ne peuvent pas les utiliser pour eux-mêmes : Amazon Web Services (AWS) pour l’hébergement, pour la diffusion des pages (CloudFront) et pour l’envoi des e-mails.',
          'La justice ou une administration, lorsque la loi l’exige.',
        ],
        'Les autres candidats ne voient rien de vous.',
      ],
    },
    {
      title: 'Où elles sont',
      text: [
        'Les données sont enregistrées, chiffrées, dans les centres de données d’AWS de la région de Paris. Les pages et les réponses passent par le réseau de diffusion d’AWS, d’ordinaire par le point le plus proche de vous, sans y être gardées. AWS est une société américaine : l’opérateur encadre ce recours par contrat, avec les garanties que demande le RGPD, et vous en donne le détail si vous le demandez.',
      ],
    },
    {
      title: 'Combien de temps',
      text: [
        [
          'Votre compte : 5\u00a0ans au plus après votre dernier accès. Il est ensuite archivé pendant 5\u00a0ans, la durée de prescription légale, puis effacé. Un compte que vous supprimez est effacé tout de suite et n’est pas archivé.',
          'Un compte auquel personne ne s’est jamais connecté : 30\u00a0jours.',
          'Le dossier d’une session (candidats, surveillants, étapes, incidents) : 5\u00a0ans après la session, puis archivé pendant 5\u00a0ans, puis effacé.',
          'Ce que dit la page d’un candidat (ouverte, fermée) : 24\u00a0heures.',
          'Les compteurs d’erreurs : 24\u00a0heures. Ceux d’un compte ou d’un candidat, jusqu’au prochain essai juste.',
          'Un lien pour remplacer un mot de passe : 1\u00a0heure. Un lien pour confirmer une adresse, une invitation d’organisateur : 7\u00a0jours. L’adresse invitée quitte la liste du centre quand celle-ci change ensuite.',
          'Les journaux techniques : la durée fixée par l’opérateur, 30\u00a0jours sauf décision contraire.',
          'Les sauvegardes : 35\u00a0jours. Ce qui est effacé y reste au plus ce temps-là.',
        ],
        'L’archive est chiffrée, à part, et rien ne s’y consulte dans la vie courante : seule y accède une personne désignée par l’opérateur, pour un litige ou un contrôle par exemple.',
      ],
    },
    {
      title: 'Ce que garde votre navigateur',
      text: [
        [
          'Jusqu’à la fermeture de l’onglet : votre connexion, avec votre nom et votre adresse e-mail, ce que la page doit retrouver si elle est rechargée, et ce que vous êtes en train de saisir, sauf les mots de passe. « Changer de compte » l’efface aussi.',
          'Plus longtemps : la langue choisie, et le numéro tiré au hasard de chacun des vingt derniers comptes connectés avec ce navigateur, sans leur nom ni leur adresse.',
          'Une fois un test commencé : les fichiers de la page elle-même, pour pouvoir la rouvrir sans réseau.',
        ],
        'Il n’y a ni cookie, ni traceur, ni contenu venu d’un tiers, à part le système qui pose les questions. Ce qui est gardé est indispensable au service, c’est pourquoi aucune autorisation ne vous est demandée.',
      ],
    },
    {
      title: 'Vos droits',
      text: [
        [
          'Voir : « Mon compte » montre tout ce qui est gardé sur votre compte et la liste des sessions auxquelles vous avez participé comme candidat. Pour le dossier d’une session, demandez à votre centre ou à l’opérateur.',
          'Corriger : votre nom, dans « Mon compte ». Dans une session, c’est l’organisateur qui corrige votre nom, votre date de naissance ou votre temps supplémentaire, jusqu’à ce qu’il finalise la session. Ensuite, écrivez à l’opérateur.',
          'Effacer : « Supprimer mon compte », dans « Mon compte », sauf tant qu’une session à laquelle vous participez est ouverte. Le dossier des sessions passées reste, avec votre nom de candidat ou de surveillant, jusqu’à la fin de sa durée : il faut pouvoir prouver la certification.',
          'Limiter, s’opposer : si votre situation particulière le justifie, demandez à l’opérateur de geler ou d’arrêter l’utilisation de vos données. Il le fait, sauf s’il a une raison impérieuse, qu’il vous explique.',
          'Décider de ce que deviennent vos données après votre mort, en l’écrivant à l’opérateur.',
        ],
        'Le droit d’emporter ses données (portabilité) ne s’applique pas à une mission d’intérêt public, mais « Mon compte » vous permet de les lire.',
        `Pour tout ce que vous ne pouvez pas faire vous-même, ou si vous n’avez pas de compte (inscrit par votre école, ou entré avec un laissez-passer), écrivez à ${contact}. Dites le numéro ou la date de la session et le nom du centre. L’opérateur répond en un mois au plus et peut vous demander de prouver qui vous êtes.`,
        'Si la réponse ne vous convient pas, vous pouvez vous plaindre à la Commission nationale de l’informatique et des libertés : CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, www.cnil.fr.',
      ],
    },
    {
      title: 'Si vous êtes mineur',
      text: [
        `Vous avez les mêmes droits. Vous pouvez les exercer vous-même, et vos parents (ou la personne qui a l’autorité parentale) peuvent le faire pour vous, en écrivant à ${contact}. Si quelque chose n’est pas clair, demandez à un adulte de votre établissement.`,
      ],
    },
    {
      title: 'Comment elles sont protégées',
      text: [
        'Tout voyage et tout est enregistré chiffré. Chaque partie du service n’a accès qu’à ce dont elle a besoin. Chaque changement d’un test est noté avec son auteur. Si une fuite mettait vos droits en danger, l’opérateur préviendrait la CNIL en 72\u00a0heures, et vous aussi si le risque est élevé.',
      ],
    },
    {
      title: 'Quand cette politique change',
      text: [
        'La version que vous avez acceptée est notée avec votre compte. La version en vigueur est toujours sur cette page, avec sa date. L’opérateur annonce un changement important avant qu’il ne s’applique.',
      ],
    },
  ],
  en: ({ operator, contact }) => [
    {
      title: 'In short',
      text: [
        [
          'We keep what it takes to know who takes the certification and to prove how the session went. Nothing else.',
          'No advertising, no cookies, no audience measurement. Nothing is sold or lent.',
          'Vigie uses neither camera nor microphone, does not record the screen, and no artificial intelligence watches you.',
          'Under “My account” you see what is held about your account, correct your name, and can delete the account.',
        ],
      ],
    },
    {
      title: 'Who is responsible',
      text: [
        `The controller of your data is ${operator} (“the operator”). For any question about your data, write to ${contact}. Its data-protection officer is reached at this address too.`,
      ],
    },
    {
      title: 'What is held about your account',
      text: [
        [
          'Your first name, last name and e-mail address, and whether the address was confirmed.',
          'Your password, but only as a hash: nobody can read it, not even the operator.',
          'When the account was created, when you last used it, which version of these documents you accepted, and when.',
          'Your role and your centre, if you are an organiser.',
          'Of the last five devices you logged in with: the hash of a number drawn at random, and the date. This number says nothing about the device. It keeps wrong passwords tried elsewhere from locking you out.',
        ],
        'First name, last name, e-mail address and password are required for an account.',
      ],
    },
    {
      title: 'What is held about a session',
      text: [
        'If you are a candidate:',
        [
          'your first name, last name and birth date;',
          'the percentage of extra time, if there is any;',
          'the times and steps of your test: presence confirmed, start, interruption, resumption, minutes added and their reason, end, and who did each;',
          'the account you came in with: its number, its name and a masked e-mail address, such as “c…@example.org”; or that it was by a pass;',
          'whether you called the proctor, and what your page says: open, closed or silent.',
        ],
        'If you are a proctor or an organiser: your name, the number of your account, when you entered the session and what you did there. The organiser may also have written the name of the proctor who was planned.',
        'The session’s incidents: a category and a free text, written by a proctor or an organiser. The text must hold useful facts only.',
        'The answers to the test are not in Vigie: they are in the system that asks the questions.',
        'A candidate’s first name, last name, birth date and extra time come from the organiser of their centre. Without them the candidate can’t be enrolled.',
      ],
    },
    {
      title: 'Extra time',
      text: [
        'A percentage of extra time can hint at a disability or an illness. That is why only this number is kept, never the reason. It is seen by the candidate, the proctors of their session, the organisers of their centre, the operator, and the system that asks the questions, because the end of the test depends on it.',
      ],
    },
    {
      title: 'What is kept for security',
      text: [
        [
          'Counters of errors: wrong passwords, codes or identities. They keep people from guessing.',
          'Links sent by e-mail to replace a password, confirm an address or invite an organiser, of which only a hash is kept.',
          'Technical logs: which action, when, with which result. They have no name, no e-mail address, no password and no code.',
          'The IP address of requests that the firewall stopped or counted, if the operator uses one.',
        ],
      ],
    },
    {
      title: 'Why, and by what right',
      text: [
        'These data serve to run the sessions, to let each candidate take their own test, to settle incidents, to prove later that a certification was obtained in due form, and to protect the service.',
        'The legal ground is the certification’s mission of public interest (article 6(1)(e) of the GDPR). The operator decides on it and answers for it. Accepting these documents when you sign up means that you have read them: the processing does not rest on your consent.',
        'No decision about you is made by a machine alone. The service applies fixed rules (a time, a number of tries); people decide.',
      ],
    },
    {
      title: 'Who sees your data',
      text: [
        [
          'The proctors of your session: the candidates and what happens there, and the names of the other proctors.',
          'The organisers of your centre: the centre’s sessions and their reports, the names and e-mail addresses of the other organisers.',
          'The operator: a small number of authorised people, when it is needed.',
          'The system that asks the questions: who takes the test, and until when.',
          'The operator’s technical providers, who may not use them for themselves: Amazon Web Services (AWS) for hosting, for delivering the pages (CloudFront) and for sending e-mail.',
          'A court or an administration, where the law demands it.',
        ],
        'Other candidates see nothing of you.',
      ],
    },
    {
      title: 'Where they are',
      text: [
        'The data are stored, encrypted, in the data centres of AWS’s Paris region. Pages and answers pass through AWS’s delivery network, usually through the point nearest to you, and are not kept there. AWS is an American company: the operator frames this by contract, with the safeguards that the GDPR demands, and gives you the details if you ask.',
      ],
    },
    {
      title: 'For how long',
      text: [
        [
          'Your account: at most 5\u00a0years from your last access. It is then archived for 5\u00a0years, the legal limitation period, then erased. An account that you delete is erased at once and not archived.',
          'An account that nobody ever logged in to: 30\u00a0days.',
          'The record of a session (candidates, proctors, steps, incidents): 5\u00a0years after the session, then archived for 5\u00a0years, then erased.',
          'What a candidate’s page says (open, closed): 24\u00a0hours.',
          'The counters of errors: 24\u00a0hours. Those of an account or a candidate, until the next right try.',
          'A link to replace a password: 1\u00a0hour. A link to confirm an address, an organiser’s invitation: 7\u00a0days. The invited address leaves the centre’s list as that changes next.',
          'Technical logs: as long as the operator decides, 30\u00a0days unless it decides otherwise.',
          'Backups: 35\u00a0days. What was erased stays in them for that long at most.',
        ],
        'The archive is encrypted and kept apart, and nothing is looked up in it in everyday use: only a person named by the operator can read it, for a dispute or an inspection for instance.',
      ],
    },
    {
      title: 'What your browser keeps',
      text: [
        [
          'Until the tab is closed: your login, with your name and e-mail address, what the page must find again when it is reloaded, and what you are typing, except passwords. “Change account” erases it too.',
          'For longer: the language you chose, and the number drawn at random of each of the last twenty accounts that logged in with this browser, without their names or addresses.',
          'Once a test has begun: the files of the page itself, so that it can be opened again without network.',
        ],
        'There are no cookies, no trackers and nothing from third parties, except for the system that asks the questions. What is kept is indispensable for the service, which is why you are not asked for permission.',
      ],
    },
    {
      title: 'Your rights',
      text: [
        [
          'See: “My account” shows everything held about your account and the list of sessions in which you took part as a candidate. For the record of a session, ask your centre or the operator.',
          'Correct: your name, under “My account”. In a session the organiser corrects your name, birth date or extra time, until they finalise the session. After that, write to the operator.',
          'Erase: “Delete my account”, under “My account”, except while a session in which you take part is open. The record of past sessions stays, with your name as a candidate or proctor, until the end of its time: it must be possible to prove the certification.',
          'Restrict, object: if your particular situation justifies it, ask the operator to freeze or stop the use of your data. It does so unless it has compelling grounds, which it explains to you.',
          'Decide what becomes of your data after your death, by writing to the operator.',
        ],
        'The right to take data along (portability) does not apply to a mission of public interest, but “My account” lets you read them.',
        `For all that you can’t do yourself, or if you have no account (enrolled by your school, or let in by a pass), write to ${contact}. Give the number or date of the session and the name of the centre. The operator answers within a month at most and may ask you to prove who you are.`,
        'If the answer does not satisfy you, you can complain to the French data-protection authority: CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, France, www.cnil.fr.',
      ],
    },
    {
      title: 'If you are a minor',
      text: [
        `You have the same rights. You can use them yourself, and your parents (or whoever has parental authority) can do so for you, by writing to ${contact}. If something is not clear, ask an adult of your school.`,
      ],
    },
    {
      title: 'How they are protected',
      text: [
        'Everything travels and is stored encrypted. Each part of the service can reach only what it needs. Each change of a test is noted with who made it. If a leak endangered your rights, the operator would tell the CNIL within 72\u00a0hours, and you too if the risk is high.',
      ],
    },
    {
      title: 'When this policy changes',
      text: [
        'The version that you accepted is noted with your account. The version in force is always on this page, with its date. The operator announces an important change before it applies.',
      ],
    },
  ],
};
