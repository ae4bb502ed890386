/** E-mail to a list: the words in three languages, the signed CAP document and its signature attached. */
import { createTransport, type Transporter } from 'nodemailer';
import { readCap } from '../formats/index.ts';
import type { Mode } from '../model/nation.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';

export interface EmailOptions {
  mode: Mode;
  host: string;
  port: number;
  from: string;
  to: readonly string[];
}

/** The receipt is the mail server's for each address: that a person has read it, no mail server knows. */
export class EmailChannel implements Channel {
  readonly id = 'e-mail';
  readonly mode: Mode;
  readonly receivers: readonly string[];
  readonly #from: string;
  readonly #transport: Transporter;

  constructor(options: EmailOptions) {
    this.mode = options.mode;
    this.receivers = options.to;
    this.#from = options.from;
    const { host, port } = options;
    this.#transport = createTransport({
      host,
      port,
      ignoreTLS: ['127.0.0.1', 'localhost', '::1'].includes(host),
      connectionTimeout: 4000,
      greetingTimeout: 4000,
      socketTimeout: 4000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  render(issued: IssuedWarning): Rendered {
    return { contentType: CONTENT.cap, text: issued.cap };
  }

  send(message: PublicMessage, report: (outcome: Outcome) => void): void {
    const canary = message.contentType === CONTENT.canary;
    // A canary does not go to people: that the mail server answers is all that it can find out.
    if (canary) {
      this.#transport.verify().then(
        () => {
          for (const receiver of this.receivers) report({ receiver, accepted: true });
        },
        () => {},
      );
      return;
    }
    const cap = readCap(Buffer.from(message.bytes).toString('utf8'));
    const text = cap.infos.map((i) => [i.headline, i.description, i.instruction].join('\n')).join('\n\n');
    for (const receiver of this.receivers) {
      this.#transport
        .sendMail({
          from: this.#from,
          to: receiver,
          subject: cap.infos.map((i) => i.headline).join(' / '),
          text: `${text}\n`,
          messageId: `<${message.identifier}.${this.receivers.indexOf(receiver)}@beaconfire.example>`,
          headers: { 'Beaconfire-Signature': message.jws, 'Auto-Submitted': 'auto-generated' },
          attachments: [
            {
              filename: `${message.identifier}.xml`,
              content: Buffer.from(message.bytes),
              contentType: CONTENT.cap,
            },
            { filename: `${message.identifier}.jws`, content: message.jws, contentType: 'application/jose' },
          ],
        })
        .then(
          () => report({ receiver, accepted: true }),
          (error: Error & { responseCode?: number }) => {
            // 5xx is the server's last word; anything else may go better later.
            if ((error.responseCode ?? 0) >= 500)
              report({ receiver, accepted: false, reason: error.message });
          },
        );
    }
  }

  close(): void {
    this.#transport.close();
  }
}
