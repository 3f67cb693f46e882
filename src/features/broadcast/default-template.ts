/**
 * The template of who made none: text, pictures, a button, and at the foot what the law and good manners ask for. Of the
 * places in braces `{{content}}` and `{{footer}}` must be in every template, inside an mj-column.
 */
export const defaultTemplate = `<mjml>
  <mj-head>
    <mj-title>{{subject}}</mj-title>
    <mj-preview>{{preheader}}</mj-preview>
    <mj-attributes>
      <mj-all font-family="Helvetica, Arial, sans-serif" />
      <mj-text font-size="16px" line-height="1.5" color="#222222" />
      <mj-button background-color="#0b57d0" color="#ffffff" font-size="16px" border-radius="4px" inner-padding="12px 24px" />
      <mj-image padding="8px 25px" />
    </mj-attributes>
  </mj-head>
  <mj-body background-color="#f4f4f4">
    <mj-section padding="16px 0 8px"><mj-column><mj-text align="center" font-size="20px" font-weight="bold">{{brand}}</mj-text></mj-column></mj-section>
    <mj-section background-color="#ffffff" padding="16px 0"><mj-column>{{content}}</mj-column></mj-section>
    <mj-section padding="8px 0 24px"><mj-column>{{footer}}</mj-column></mj-section>
  </mj-body>
</mjml>
`;
