/** A desk of the warning office at this page: who sits at it, what is being read or asked, and the office's last answer. */
import { useCallback, useState } from 'preact/hooks';
import type { Mode, PictureMessage } from '../../../src/node/wire.ts';
import type { NationFeed, Session } from '../feed/session.ts';
import type { SignedIn } from './credential.ts';
import type { CapDocument } from './document.ts';
import { approve, type Outcome, retract } from './requests.ts';

/** The newest alert in force, which a key takes back. */
function retractable(picture: PictureMessage | undefined): string | undefined {
  return picture?.warnings.findLast((w) => w.current && w.messageType !== 'cancel')?.chain;
}

export function useOffice(session: Session, { nation, hello }: NationFeed, mode: Mode) {
  const [person, setPerson] = useState<SignedIn | undefined>(undefined);
  const [signingIn, setSigningIn] = useState(false);
  /** The launch whose waiting messages are read; the chain that somebody is asked about taking back. */
  const [reading, setReading] = useState<string | undefined>(undefined);
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const byPeople = hello?.office?.approval === 'people';
  const here = person?.nation === nation ? person : undefined;

  return {
    byPeople,
    /** Who is signed in for the nation that is shown. */
    here,
    signingIn,
    setSigningIn,
    reading,
    setReading,
    asked,
    setAsked,
    outcome,
    /** Another nation is shown: nothing of this one is being read or asked any more. */
    leave: useCallback(() => {
      setReading(undefined);
      setAsked(undefined);
      setOutcome(undefined);
    }, []),
    signedIn(found: SignedIn): void {
      setPerson(found);
      setOutcome(undefined);
      setSigningIn(false);
    },
    signOut(): void {
      setPerson(undefined);
      setOutcome(undefined);
    },
    async sign(launchId: string, documents: readonly CapDocument[]): Promise<Outcome> {
      const answer: Outcome = here
        ? await approve(here, mode, launchId, documents)
        : { kind: 'refused', reason: 'stranger' };
      setOutcome(answer);
      return answer;
    },
    takeBack(chain: string): void {
      if (!byPeople) session.control({ type: 'control', action: 'retract', nation, chain });
      else if (!here) setSigningIn(true);
      else void retract(here, mode, chain).then(setOutcome);
      // What was asked about may be gone; the keyboard stays among the warnings.
      document.querySelector<HTMLElement>('.warnings .scroll')?.focus();
    },
    /** What keys do; they read the session as it is when they are pressed. */
    keys: {
      approve: () => setReading(session.nation.get().picture?.awaiting?.[0]?.launchId),
      retract: () => setAsked(retractable(session.nation.get().picture)),
      signIn: () => setSigningIn(session.nation.get().hello?.office?.approval === 'people'),
    },
  };
}
