import words from './words.json';

/** What the kit says, on the page as on paper: `words.json` has it for both. */
const of = (language: keyof typeof words) => ({
  ...words[language],
  proctorSteps: (address: string) => words[language].proctorSteps.map((step) => step.replace('{address}', address)),
});

export const texts = { fr: of('fr'), en: of('en') };
