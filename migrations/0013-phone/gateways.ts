export const gateways = `
  SELECT 1
`;
