/**
 * A strict reader of small XML documents from elsewhere. No document type, no entities but the five of XML itself,
 * no processing instructions, few attributes; bounded in size, depth and number of elements.
 * Whatever it does not know it refuses (BF_ALERT), with the line: nothing is guessed (XML 1.0, 5th edition).
 */
import { BeaconfireError } from '../model/errors.ts';
import { isXmlCharacter } from './cap.ts';

export interface XmlElement {
  /** Local name; the prefix is resolved to `space`. */
  name: string;
  space: string;
  line: number;
  /** Those allowed: of links, languages and signatures. */
  attributes: Record<string, string>;
  children: XmlElement[];
  /** The text between the tags, entities resolved; of elements with children only blanks are allowed. */
  text: string;
}

export const XML_LIMITS = { bytes: 2_000_000, depth: 16, elements: 50_000, textLength: 200_000 } as const;

const NAME = /[A-Za-z_][A-Za-z0-9._-]*(?::[A-Za-z_][A-Za-z0-9._-]*)?/y;
const ATTRIBUTE = /\s+([A-Za-z_][A-Za-z0-9._:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
/** What CAP, its signatures (xmldsig) and Atom links hold. */
const ATTRIBUTES = new Set([
  'xsi:schemaLocation',
  'xml:lang',
  'Id',
  'Algorithm',
  'URI',
  'rel',
  'type',
  'href',
]);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root element of a document; `file` names it in errors. */
export function parseXml(text: string, file?: string): XmlElement {
  return new Reader(text, file).document();
}

class Reader {
  readonly #text: string;
  readonly #file: string | undefined;
  #at = 0;
  #line = 1;
  #lineAt = 0;
  #elements = 0;

  constructor(text: string, file: string | undefined) {
    this.#file = file;
    // Measured before anything is read: a document that is too large is not looked at.
    const size = Buffer.byteLength(text);
    this.#text = text;
    if (size > XML_LIMITS.bytes) this.#fail(`expected at most ${XML_LIMITS.bytes} bytes, found ${size}`);
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1;
  }

  document(): XmlElement {
    const declaration =
      /<\?xml\s+version=(?:"1\.0"|'1\.0')(?:\s+encoding=(?:"([^"]*)"|'([^']*)'))?(?:\s+standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/y;
    declaration.lastIndex = this.#at;
    const head = declaration.exec(this.#text);
    if (head) {
      const encoding = head[1] ?? head[2] ?? 'UTF-8';
      if (!/^utf-8$/i.test(encoding))
        this.#fail(`expected the encoding UTF-8, found ${JSON.stringify(encoding.slice(0, 20))}`);
      this.#at = declaration.lastIndex;
    }
    this.#blanksAndComments();
    if (this.#text[this.#at] !== '<') this.#fail('expected an XML document, found other text');
    const root = this.#element(new Map(), 1);
    this.#blanksAndComments();
    if (this.#at < this.#text.length) this.#fail('expected the end of the document, found more');
    return root;
  }

  #element(outer: ReadonlyMap<string, string>, depth: number): XmlElement {
    if (depth > XML_LIMITS.depth) this.#fail(`expected at most ${XML_LIMITS.depth} levels, found more`);
    if (++this.#elements > XML_LIMITS.elements)
      this.#fail(`expected at most ${XML_LIMITS.elements} elements, found more`);
    const line = this.#lineNow();
    this.#at++;
    const tag = this.#name();
    const spaces = new Map(outer);
    const seen = new Set<string>();
    const attributes: Record<string, string> = {};
    for (;;) {
      ATTRIBUTE.lastIndex = this.#at;
      const found = ATTRIBUTE.exec(this.#text);
      if (!found) break;
      const [, name, double, single] = found;
      this.#at = ATTRIBUTE.lastIndex;
      if (seen.has(name)) this.#fail(`expected each attribute once, found ${name} again`);
      seen.add(name);
      const value = double ?? single;
      if (name === 'xmlns') spaces.set('', value);
      else if (name.startsWith('xmlns:')) spaces.set(name.slice(6), value);
      else if (!ATTRIBUTES.has(name)) this.#fail(`expected no attribute ${JSON.stringify(name)}, found one`);
      else attributes[name] = this.#characters(value);
    }
    const rest = /\s*(\/?)>/y;
    rest.lastIndex = this.#at;
    const end = rest.exec(this.#text);
    if (!end) this.#fail(`expected the end of the tag <${tag}>, found another character`);
    this.#at = rest.lastIndex;
    const [prefix, local] = tag.includes(':') ? tag.split(':') : ['', tag];
    const space = spaces.get(prefix);
    if (space === undefined && prefix !== '') this.#fail(`expected a declared prefix, found ${prefix}:`);
    const element: XmlElement = { name: local, space: space ?? '', line, attributes, children: [], text: '' };
    if (end![1] === '') this.#content(element, tag, spaces, depth);
    return element;
  }

  #content(element: XmlElement, tag: string, spaces: ReadonlyMap<string, string>, depth: number): void {
    const parts: string[] = [];
    for (;;) {
      const next = this.#text.indexOf('<', this.#at);
      if (next < 0) this.#fail(`expected </${tag}>, found the end: the document is cut`);
      if (next > this.#at) parts.push(this.#characters(this.#text.slice(this.#at, next)));
      this.#at = next;
      if (this.#text.startsWith('</', next)) {
        this.#at += 2;
        if (this.#name() !== tag) this.#fail(`expected </${tag}>, found another end tag`);
        const close = /\s*>/y;
        close.lastIndex = this.#at;
        if (!close.test(this.#text)) this.#fail(`expected the end of </${tag}>, found another character`);
        this.#at = close.lastIndex;
        break;
      }
      if (this.#text.startsWith('<!--', next)) this.#comment();
      else if (this.#text.startsWith('<![CDATA[', next)) {
        const stop = this.#text.indexOf(']]>', next);
        if (stop < 0) this.#fail('expected the end of a CDATA section, found the end of the document');
        parts.push(this.#legal(this.#text.slice(next + 9, stop)));
        this.#at = stop + 3;
      } else {
        this.#refuseMarkup();
        element.children.push(this.#element(spaces, depth + 1));
      }
    }
    element.text = parts.join('');
    if (element.text.length > XML_LIMITS.textLength)
      this.#fail(
        `expected at most ${XML_LIMITS.textLength} characters in <${tag}>, found ${element.text.length}`,
      );
    if (element.children.length > 0 && element.text.trim() !== '')
      this.#fail(`expected elements in <${tag}>, found text between them`);
  }

  #characters(text: string): string {
    if (text.includes(']]>')) this.#fail('expected no ]]> in text, found one');
    if (!text.includes('&')) return this.#legal(text);
    const resolved = text.replace(/&([^;&\s]{0,12});?/g, (whole, name: string) => {
      if (whole.endsWith(';')) {
        if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
        const code = /^#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}))$/.exec(name);
        const value = code ? Number.parseInt(code[1] ?? code[2], code[1] ? 16 : 10) : Number.NaN;
        if (value <= 0x10ffff) return String.fromCodePoint(value);
      }
      return this.#fail(`expected one of XML's own entities, found ${JSON.stringify(whole.slice(0, 20))}`);
    });
    return this.#legal(resolved);
  }

  #legal(text: string): string {
    for (const ch of text) {
      const c = ch.codePointAt(0)!;
      if (!isXmlCharacter(c))
        this.#fail(
          `expected characters that XML can hold, found U+${c.toString(16).toUpperCase().padStart(4, '0')}`,
        );
    }
    return text;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text);
    if (!found) return this.#fail('expected the name of an element, found another character');
    this.#at = NAME.lastIndex;
    return found[0];
  }

  #blanksAndComments(): void {
    for (;;) {
      while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
      if (!this.#text.startsWith('<!--', this.#at)) break;
      this.#comment();
    }
    this.#refuseMarkup();
  }

  #comment(): void {
    const stop = this.#text.indexOf('--', this.#at + 4);
    if (stop < 0 || this.#text[stop + 2] !== '>') this.#fail('expected the end of a comment, found another');
    this.#at = stop + 3;
  }

  #refuseMarkup(): void {
    if (this.#text.startsWith('<!', this.#at))
      this.#fail('expected no document type or entity declarations, found one');
    if (this.#text.startsWith('<?', this.#at)) this.#fail('expected no processing instructions, found one');
  }

  #lineNow(): number {
    for (
      let i = this.#text.indexOf('\n', this.#lineAt);
      i >= 0 && i < this.#at;
      i = this.#text.indexOf('\n', i + 1)
    ) {
      this.#line++;
      this.#lineAt = i + 1;
    }
    return this.#line;
  }

  #fail(detail: string): never {
    throw new BeaconfireError('BF_ALERT', detail, {
      ...(this.#file === undefined ? {} : { file: this.#file }),
      line: this.#lineNow(),
    });
  }
}
