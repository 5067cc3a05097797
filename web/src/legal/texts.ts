export const texts = {
  fr: {
    version: (version: string, month: string) => `Version ${version} (${month})`,
    backToForm: 'Revenir à l’inscription',
    seeAlso: 'À lire aussi :',
  },
  en: {
    version: (version: string, month: string) => `Version ${version} (${month})`,
    backToForm: 'Back to signing up',
    seeAlso: 'See also:',
  },
};
