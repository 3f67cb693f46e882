/** What a letter is about. */
export const letterSubjects = ['notice', 'incident', 'client-notice', 'by-hand', 'sign-up', 'newsletter', 'sms', 'plan'] as const;
