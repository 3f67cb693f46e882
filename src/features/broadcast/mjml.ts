import mjml2html from 'mjml';

/** The largest template, in characters: ours has 2,000. */
const most = 100_000;

/** What is wrong with a template, and where: `line` counts from 1; null = nowhere in particular. */
export interface TemplateFault {
  readonly line: number | null;
  readonly detail: string;
}
export type Compiled = { readonly html: string } | { readonly faults: readonly TemplateFault[] };

interface MjmlError {
  readonly line?: number;
  readonly message: string;
  readonly tagName?: string;
}

/**
 * Responsive HTML out of MJML. A template reads no file, whatever it says: what asks for one is a fault, and so is a tag that
 * is left open, which the compiler would close somewhere.
 */
export async function compile(mjml: string): Promise<Compiled> {
  if (mjml.length > most) return { faults: [{ line: null, detail: `it has ${mjml.length} characters; ${most} at most` }] };
  const faults = [...forbidden(mjml), ...unbalanced(mjml)];
  if (faults.length > 0) return { faults };
  try {
    const { html, errors } = await mjml2html(mjml, { validationLevel: 'strict', fonts: {}, keepComments: false, ignoreIncludes: true });
    return errors.length > 0 ? { faults: errors.map(faultOf) } : { html: squeezed(html) };
  } catch (error) {
    const { errors } = error as { errors?: readonly MjmlError[] };
    return { faults: errors?.map(faultOf) ?? [{ line: null, detail: (error as Error).message.trim().slice(0, 500) }] };
  }
}

const faultOf = ({ line, message, tagName }: MjmlError): TemplateFault => ({ line: line ?? null, detail: tagName === undefined ? message : `${tagName}: ${message}` });

const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Whatever would have the compiler, or a mailbox, fetch a file of ours or run a program. */
function forbidden(mjml: string): TemplateFault[] {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/<\s*mj-include\b/giu, 'mj-include: templates cannot include files; write what it holds here'],
    [/\bfile:\/\//giu, 'templates cannot name files'],
    [/<\s*script\b/giu, 'script: no mail program runs one'],
  ];
  return rules.flatMap(([rule, detail]) => [...mjml.matchAll(rule)].map(({ index }) => ({ line: lineAt(mjml, index), detail })));
}

/** Tags of MJML, each closed by its own. */
function unbalanced(mjml: string): TemplateFault[] {
  const open: { readonly name: string; readonly at: number }[] = [];
  const bare = mjml.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  for (const match of bare.matchAll(/<(\/?)(mj[\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)(>?)/giu)) {
    const [, slash, name = '', rest = '', end] = match;
    if (end === '') return [{ line: lineAt(bare, match.index), detail: `${name}: this tag has no end` }];
    if (slash === '/') {
      const last = open.pop();
      if (last?.name !== name) return [{ line: lineAt(bare, match.index), detail: `</${name}> closes nothing${last ? `: <${last.name}> of line ${lineAt(bare, last.at)} is still open` : ''}` }];
    } else if (!rest.endsWith('/')) open.push({ name, at: match.index });
  }
  return open.slice(-1).map(({ name, at }) => ({ line: lineAt(bare, at), detail: `<${name}> is never closed` }));
}

/** A third of the compiler's output is indentation, and every recipient would get it. */
function squeezed(html: string): string {
  return html.replace(/[ \t]*\r?\n\s*/g, '\n').trim();
}
