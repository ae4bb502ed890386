import { render } from 'preact';
import { App } from './app.tsx';
import { createSession } from './feed/session.ts';
import { loadSettings } from './settings.ts';
import { createExerciseTime } from './time/exercise-time.ts';
import { TimeProvider } from './time/use-time.ts';

const settings = loadSettings();
const time = createExerciseTime();
const session = createSession(settings.nation, time);
const host = document.getElementById('app');
if (host) {
  host.textContent = '';
  render(
    <TimeProvider value={time}>
      <App session={session} settings={settings} />
    </TimeProvider>,
    host,
  );
}
