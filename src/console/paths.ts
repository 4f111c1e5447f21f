/** The page behind an invitation: with the handle in the link, then with the handle in a cookie. */
export const joinPath = '/console/join';
export const welcomePath = `${joinPath}/welcome`;
export const setupPath = `${joinPath}/setup`;
