/** The page: header, worst finding, processes over tabs; or, where there is nothing to show, why and what to do. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Details } from './details/details.js';
import { Banner } from './findings/banner.js';
import { Findings } from './findings/findings.js';
import { large } from './graph/graph-state.js';
import { GraphPane } from './graph/graph-view.js';
import { Header } from './header/header.js';
import { ProcessPane } from './processes/pane.js';
import { choices, TABS } from './state/choices.js';
import { activeTab, objectTabs } from './objects/tabs.js';
import { host } from './state/host.js';
import { t } from './state/l10n.js';
import { moment } from './state/moment.js';
import { store } from './state/store.js';
import { noAnswer } from './processes/actions.js';
import { Announcements } from './ui/announcer.js';
import { Button, Spinner, Tabs, type TabSpec } from './ui/controls.js';
import { toPresent } from './time/looking.js';
import { Scrubber } from './time/scrubber.js';
import { Keys } from './ui/keys.js';
import { Menu } from './ui/menu.js';
import { Splitter } from './ui/splitter.js';
import { sayReply, Toast } from './ui/toast.js';

export function App(): VNode {
  const failed = store.failed.value;
  const run = store.run.value;
  return (
    <>
      {failed !== null ? <Failed message={failed} /> : run === null ? <Waiting text={t('Asking for the run…')} /> : <Run />}
      <Toast />
      <Keys />
      <Announcements />
    </>
  );
}

function Run(): VNode {
  const none = store.empty.value;
  return (
    <>
      <Header />
      {none && moment.value === null ? null : <Scrubber />}
      <Banner />
      <main class={large.value && activeTab.value === 'graph' ? 'panes large' : 'panes'} style={{ '--share': `${choices.topShare.value * 100}%` }}>
        <div class="top">{!none ? <ProcessPane /> : moment.value !== null ? <NotYet /> : <NoProcess />}</div>
        <Splitter label={t('Height of the processes')} share={choices.topShare} byDefault={0.64} between="rows" />
        <div class="bottom"><Bottom /></div>
        <Menu />
      </main>
    </>
  );
}

function Bottom(): VNode {
  const findings = store.findings.value;
  const worst = findings.some((f) => f.severity === 'error') ? 'bad' : findings.some((f) => f.severity === 'warning') ? 'warn' : '';
  const tabs: readonly TabSpec[] = [
    ...objectTabs(),
    { id: 'findings', label: t('Findings'), badge: findings.length === 0 ? null : { text: String(findings.length), class: worst }, body: () => <Findings /> },
    { id: 'graph', label: t('Graph'), badge: null, body: () => <GraphPane /> },
    { id: 'details', label: t('Details'), badge: null, body: () => <Details /> },
  ];
  return <Tabs label={t('Objects, findings and details')} active={activeTab.value} tabs={tabs} onChoose={(id) => (choices.tab.value = TABS.find((tab) => tab === id) ?? null)} />;
}

/** From then on nobody is left waiting without a word. */
const SILENCE_MS = 8000;

function Waiting({ text }: { readonly text: string }): VNode {
  const [silent, setSilent] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setSilent((n) => n + 1), SILENCE_MS);
    return () => clearTimeout(timer);
  }, [silent]);
  if (silent > 0) {
    return (
      <main class="alone">
        <h1>{t('No answer yet')}</h1>
        <p class="dim">{t('VS Code may be busy, or its extensions were restarted under this page. If asking again does not help, close this page and choose the run in the Procession view.')}</p>
        <div class="row-of-buttons">
          <Button look="primary" onPress={host.ready}>{t('Ask again')}</Button>
          <Button look="secondary" onPress={host.showLog}>{t('Show the log')}</Button>
        </div>
      </main>
    );
  }
  return (
    <main class="alone" aria-busy="true">
      <Spinner />
      <h1>{text}</h1>
    </main>
  );
}

function Failed({ message }: { readonly message: string }): VNode {
  return (
    <main class="alone">
      <h1>{t('This cannot be shown')}</h1>
      <p>{message}</p>
      <div class="row-of-buttons">
        <Button look="secondary" onPress={() => host.go('recording')}>{t('Open a recording…')}</Button>
        <Button look="secondary" onPress={host.showLog}>{t('Show the log')}</Button>
      </div>
    </main>
  );
}

/** Looking back at a moment before the first process. */
function NotYet(): VNode {
  return (
    <div class="alone">
      <h2>{t('No process had begun at this moment')}</h2>
      <Button look="secondary" onPress={() => toPresent()}>{t('Back to the present')}</Button>
    </div>
  );
}

/** Before the first process is known, and when none ever came. */
function NoProcess(): VNode {
  const run = store.run.value;
  if (run?.durationMs == null) {
    return (
      <div class="alone">
        <Spinner />
        <h2>{t('Waiting for the first process of {0}', run?.scriptName ?? '')}</h2>
        <p class="dim">{t('It appears as soon as Python starts. If the terminal waits for input or shows an error, see there.')}</p>
        {store.live.value ? <Button look="secondary" onPress={() => host.go('terminal')}>{t('Show the terminal')}</Button> : null}
      </div>
    );
  }
  return (
    <div class="alone">
      <h2>{t('No process was recorded')}</h2>
      <p class="dim">{t('Python ended before it could be watched, or the recording is empty. The terminal and the log may say why.')}</p>
      <div class="row-of-buttons">
        {run.phase === 'recording' ? null : <Button look="primary" onPress={() => void sayReply(host.request({ type: 'rerun' }, noAnswer))}>{t('Run again')}</Button>}
        <Button look="secondary" onPress={host.showLog}>{t('Show the log')}</Button>
      </div>
    </div>
  );
}
