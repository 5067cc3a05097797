/** The API takes this many candidates in one request. */
export const AT_ONCE = 99;
