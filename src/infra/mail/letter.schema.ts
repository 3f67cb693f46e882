/** What a letter is about. */
export const letterSubjects = ['notice', 'incident', 'client-notice', 'sign-up', 'newsletter'] as const;
