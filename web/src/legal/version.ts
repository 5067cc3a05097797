/** The version of both documents, which an account keeps as the one that was accepted: `TERMS_VERSION` in the API. */
export const VERSION = '2026-11';
