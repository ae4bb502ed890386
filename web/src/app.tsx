import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type {
  ExerciseHello,
  Language,
  Nation,
  PictureMessage,
  SiteView,
  Trilingual,
} from '../../src/node/wire.ts';
import type { Session } from './feed/session.ts';
import { useStore } from './feed/store.ts';
import type { GlobeController } from './globe/controller.ts';
import { Globe } from './globe/globe.tsx';
import { loadMaps, type MapData } from './globe/map-data.ts';
import type { Hit } from './globe/overlay.ts';
import type { Scene } from './globe/scene.ts';
import { zoneOf } from './i18n/format.ts';
import { CATALOGUES, TextProvider } from './i18n/index.tsx';
import { useOffice } from './office/use-office.ts';
import { AgreementNotice } from './panels/agreement-notice.tsx';
import { ApprovalDialog } from './panels/approval.tsx';
import { Banner } from './panels/banner.tsx';
import { LocalInject } from './panels/conflicts.tsx';
import { detailTabs, type TabKey } from './panels/detail-tabs.tsx';
import { Events } from './panels/details.tsx';
import { FreshnessMark, StaleNotice, useFreshness } from './panels/freshness-bar.tsx';
import { Clock, Controls, LanguageSwitch, NATION_ORDER, NationSwitch, SPEEDS } from './panels/header.tsx';
import { Help } from './panels/help.tsx';
import { Desk, outcomeText, SignInDialog } from './panels/office.tsx';
import { StatusStrip } from './panels/status-strip.tsx';
import { Tabs } from './panels/tabs.tsx';
import { Warnings } from './panels/warnings.tsx';
import { WhoKnew } from './panels/who-knew.tsx';
import { remember, type Settings, writeAddress } from './settings.ts';
import { attachShortcuts } from './shortcuts.ts';
import { createGazetteer } from './situation/places.ts';
import { describe, principalTrack } from './situation/situation.ts';
import { useTimeSource } from './time/use-time.ts';
import { useMedia } from './use-media.ts';

const NO_SITES: readonly SiteView[] = [];
const NO_AGREEMENTS: NonNullable<PictureMessage['agreements']> = [];
const NO_AWAITING: NonNullable<PictureMessage['awaiting']> = [];
const NO_LAUNCHES: ExerciseHello['launches'] = [];
const FONTS: Record<Language, string> = {
  en: "'Noto Sans KR Variable', 'Noto Sans JP Variable', sans-serif",
  ko: "'Noto Sans KR Variable', 'Noto Sans JP Variable', sans-serif",
  ja: "'Noto Sans JP Variable', 'Noto Sans KR Variable', sans-serif",
};

export function App({ session, settings }: { session: Session; settings: Settings }) {
  const time = useTimeSource();
  const feed = useStore(session.nation);
  const exercise = useStore(session.exercise);
  const problem = useStore(session.problem);
  const [language, setLanguage] = useState<Language>(settings.language);
  const [shortcuts, setShortcuts] = useState(settings.shortcuts);
  const [coverage, setCoverage] = useState(settings.coverage);
  const [allSensors, setAllSensors] = useState(false);
  const [showTruth, setShowTruth] = useState(false);
  const [tab, setTab] = useState<TabKey>('track');
  const [selectedTrack, setSelectedTrack] = useState<string | undefined>(undefined);
  const [selectedSite, setSelectedSite] = useState<string | undefined>(undefined);
  const [help, setHelp] = useState(false);
  const [maps, setMaps] = useState<MapData | undefined>(undefined);
  const [globe, setGlobe] = useState<GlobeController | undefined>(undefined);
  const tall = useMedia('(min-height: 980px) and (min-width: 861px)');
  const fresh = useFreshness(feed);

  const { nation, picture, hello } = feed;
  const t = CATALOGUES[language];
  const zone = zoneOf(nation);
  const mode = picture?.mode ?? hello?.mode ?? exercise.hello?.mode ?? 'exercise';
  const text = useMemo(() => ({ language, t }), [language, t]);
  const office = useOffice(session, feed, mode);
  const { here, leave } = office;

  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dataset.nation = nation;
    document.title = `${nation} · Beaconfire · ${mode === 'live' ? t.bannerLive : t.bannerExerciseShort}`;
    writeAddress(language, nation);
    remember('language', language);
    remember('nation', nation);
  }, [language, nation, mode, t]);
  useEffect(() => {
    void loadMaps(setMaps).catch((error: unknown) => session.problem.set(`map: ${String(error)}`));
  }, [session]);

  const showNation = useCallback(
    (next: Nation) => {
      if (next === session.nation.get().nation) return;
      setSelectedTrack(undefined);
      setSelectedSite(undefined);
      leave();
      session.showNation(next);
    },
    [session, leave],
  );
  const live = useRef({ globe, shortcuts });
  live.current = { globe, shortcuts };
  useEffect(
    () =>
      attachShortcuts(
        {
          nation: (i) => showNation(NATION_ORDER[i]),
          playPause: () =>
            session.control({
              type: 'control',
              action: session.exercise.get().state?.paused ? 'resume' : 'pause',
            }),
          restart: () => session.control({ type: 'control', action: 'restart' }),
          faster(step) {
            const speed = session.exercise.get().state?.speed ?? 1;
            const at = SPEEDS.findIndex((s) => s >= speed);
            const next = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, Math.max(0, at) + step))];
            session.control({ type: 'control', action: 'speed', speed: next });
          },
          zoom: (factor) => live.current.globe?.zoomBy(factor),
          follow: () => live.current.globe?.setMode('follow'),
          whole: () => live.current.globe?.setMode('auto'),
          ...office.keys,
          help: () => setHelp(true),
        },
        () => live.current.shortcuts,
      ),
    [session, showNation],
  );
  // For measurement from outside; it tells figures and changes nothing.
  useEffect(() => {
    (globalThis as { beaconfireMeter?: unknown }).beaconfireMeter = globe?.meter;
  }, [globe]);

  const gazetteer = useMemo(
    () =>
      createGazetteer(
        maps?.far.all ?? { type: 'FeatureCollection', features: [] },
        (maps?.regions ?? []).map((r) => ({ names: r, feature: r.feature })),
        CATALOGUES.en.place.country,
      ),
    [maps],
  );
  const regionNames = useMemo(() => new Map((maps?.regions ?? []).map((r) => [r.code, r.name])), [maps]);
  const launches = exercise.hello?.launches ?? NO_LAUNCHES;
  const nowUs = time.nowUs(performance.now()) ?? picture?.timeUs ?? 0;
  const situation = describe(picture, nowUs, {
    t,
    language,
    zone,
    gazetteer,
    launches,
    old: fresh.level === 'old',
  });
  const tracks = picture?.tracks ?? [];
  const track = tracks.find((x) => x.id === selectedTrack) ?? principalTrack(tracks);
  const ownSites = hello?.sites ?? NO_SITES;
  const sites = allSensors ? (exercise.hello?.sites ?? ownSites) : ownSites;
  const knownSites = exercise.hello?.sites ?? ownSites;
  const siteName = (source: string): Trilingual | undefined => {
    const id = source.slice(source.indexOf('/') + 1);
    return knownSites.find((s) => s.id === id)?.name;
  };
  const launchUs = launches.length > 0 ? Math.min(...launches.map((l) => l.launchUs)) : undefined;
  const launched = launchUs !== undefined && nowUs >= launchUs && exercise.state?.ended !== true;

  // The controllers' view lies over a nation's picture; it never comes from the nation's feed.
  const truth = showTruth && mode === 'exercise' ? exercise.state?.truth : undefined;
  const scene = useMemo<Scene>(
    () => ({
      nation,
      picture,
      receivedMs: feed.receivedMs,
      maps,
      sites,
      showCoverage: coverage,
      ...(truth ? { truth } : {}),
      selectedTrack: track?.id,
      selectedSite,
      freshness: fresh.level,
      language,
      t,
      zone,
      fontFamily: FONTS[language],
    }),
    [
      nation,
      picture,
      feed.receivedMs,
      maps,
      sites,
      coverage,
      truth,
      track?.id,
      selectedSite,
      fresh.level,
      language,
      t,
      zone,
    ],
  );
  const pick = (hit: Hit | undefined): void => {
    if (hit?.kind === 'track') {
      setSelectedTrack(hit.id);
      setTab('track');
    } else if (hit?.kind === 'site') {
      setSelectedSite(hit.id);
      setTab('sensors');
    } else setSelectedSite(undefined);
  };

  const regionName = (code: string): Trilingual | undefined => regionNames.get(code);

  const agreements = picture?.agreements ?? NO_AGREEMENTS;
  const events = () => <Events events={picture?.events ?? []} zone={zone} />;
  const tabs = detailTabs({
    nation,
    picture,
    exercise: exercise.hello,
    agreements,
    track,
    onTrack: setSelectedTrack,
    sites,
    selectedSite,
    onSite: setSelectedSite,
    siteName,
    zone,
    nowUs,
    t,
    // On a tall screen the events have a panel of their own.
    events: tall ? undefined : events,
  });

  return (
    <TextProvider value={text}>
      <div class="page" data-nation={nation} data-mode={mode} data-freshness={fresh.level}>
        <Banner mode={mode} place="top" />
        <div class="content">
          <a class="skip" href="#situation">
            {t.skipToStatus}
          </a>
          <header class="top">
            <h1>
              {t.productName}
              <span>{t.productSubtitle}</span>
            </h1>
            <NationSwitch nation={nation} onNation={showNation} />
            <Clock zone={zone} />
            {mode === 'exercise' && <Controls state={exercise.state} onControl={session.control} />}
            <LanguageSwitch onLanguage={setLanguage} />
            <button
              type="button"
              class="help-button"
              aria-keyshortcuts="?"
              aria-label={t.help}
              title={t.help}
              onClick={() => setHelp(true)}
            >
              ?
            </button>
          </header>
          <main>
            <StatusStrip
              situation={situation}
              nation={nation}
              connected={picture !== undefined}
              launchedElsewhere={launched}
              oldS={fresh.level === 'old' ? fresh.ageS : undefined}
            />
            <AgreementNotice agreements={agreements} links={picture?.links ?? []} zone={zone} nowUs={nowUs} />
            <div class="stage">
              <div class="left">
                <div class="map">
                  <Globe
                    scene={scene}
                    summary={situation.parts.join(', ')}
                    allSensors={allSensors}
                    onAllSensors={setAllSensors}
                    truth={showTruth}
                    onTruth={mode === 'exercise' ? setShowTruth : undefined}
                    onCoverage={(on) => {
                      setCoverage(on);
                      remember('coverage', on ? 'on' : 'off');
                    }}
                    onPick={pick}
                    onController={setGlobe}
                  />
                  <StaleNotice ageS={fresh.ageS} level={fresh.level} connected={feed.connected} />
                  <div class="map-fresh">
                    <FreshnessMark ageS={fresh.ageS} level={fresh.level} />
                  </div>
                </div>
                {mode === 'exercise' && (
                  <WhoKnew
                    milestones={exercise.state?.milestones}
                    launchUs={launchUs}
                    ended={exercise.state?.ended ?? false}
                  />
                )}
              </div>
              <div class="right">
                <Warnings
                  warnings={picture?.warnings ?? []}
                  unconfirmed={picture?.unconfirmed ?? []}
                  alarms={picture?.alarms ?? []}
                  awaiting={picture?.awaiting ?? NO_AWAITING}
                  conflicts={picture?.conflicts ?? []}
                  tracks={tracks}
                  zone={zone}
                  regionName={regionName}
                  answer={office.outcome ? outcomeText(office.outcome, text) : ''}
                  desk={
                    office.byPeople && (
                      <Desk
                        person={here}
                        onSignIn={() => office.setSigningIn(true)}
                        onSignOut={office.signOut}
                      />
                    )
                  }
                  onRead={office.setReading}
                  inject={
                    mode === 'exercise' &&
                    hello?.office &&
                    exercise.state?.ended === false && (
                      <LocalInject
                        regions={(maps?.regions ?? []).filter((r) => r.code.startsWith(hello.regionPrefix))}
                        onInject={(area, event) =>
                          session.control({ type: 'control', action: 'localAlert', nation, area, event })
                        }
                      />
                    )
                  }
                  retraction={
                    office.byPeople || (mode === 'exercise' && exercise.state && !exercise.state.ended)
                      ? {
                          control: !office.byPeople,
                          needsPerson: office.byPeople && !here,
                          asked: office.asked,
                          onAsk: office.setAsked,
                          onRetract: office.takeBack,
                        }
                      : undefined
                  }
                />
                <Tabs label={t.tabs.label} tabs={tabs} selected={tab} onSelect={(key) => setTab(key)} />
                {tall && (
                  <section class="panel event-panel" aria-labelledby="events-title">
                    <header class="panel-head">
                      <h2 id="events-title">{t.events.title}</h2>
                    </header>
                    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard */}
                    <div class="scroll" tabIndex={0}>
                      {events()}
                    </div>
                  </section>
                )}
              </div>
            </div>
          </main>
          {problem && (
            <div class="problem" role="status">
              <strong>{t.feed.problem}</strong> <span>{problem}</span>
              <button type="button" aria-label={t.close} onClick={() => session.problem.set(undefined)}>
                ×
              </button>
            </div>
          )}
        </div>
        <Banner mode={mode} place="bottom" />
        <ApprovalDialog
          nation={nation}
          launchId={office.reading}
          awaiting={picture?.awaiting ?? NO_AWAITING}
          person={here}
          zone={zone}
          regionName={regionName}
          onSign={office.sign}
          onSignIn={() => office.setSigningIn(true)}
          onClose={() => office.setReading(undefined)}
        />
        <SignInDialog
          open={office.signingIn}
          nation={nation}
          office={hello?.office}
          onClose={() => office.setSigningIn(false)}
          onSignedIn={office.signedIn}
        />
        <Help
          open={help}
          onClose={() => setHelp(false)}
          shortcuts={shortcuts}
          onShortcuts={(on) => {
            setShortcuts(on);
            remember('shortcuts', on ? 'on' : 'off');
          }}
          hello={exercise.hello}
        />
      </div>
    </TextProvider>
  );
}
