export const rounds = `
  SELECT 1
`;
