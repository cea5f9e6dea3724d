import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { commands, contextKeys, panelViewType, recordingExtension, recordingViewType, runsViewId, settings, settingsSection, taskType, walkthroughId } from '../../../src/protocol/ids.js';
import { root, sourceFiles } from './used-texts.js';

const named = v.object({ command: v.string() });
const menuItem = v.object({ command: v.string(), when: v.optional(v.string()) });
const setting = v.object({ scope: v.string(), default: v.unknown(), type: v.string() });
const manifest = v.parse(
  v.object({
    activationEvents: v.array(v.string()),
    capabilities: v.object({ untrustedWorkspaces: v.object({ supported: v.string(), restrictedConfigurations: v.array(v.string()) }) }),
    extensionKind: v.array(v.string()),
    contributes: v.object({
      commands: v.array(v.object({ ...named.entries, enablement: v.optional(v.string()) })),
      menus: v.record(v.string(), v.array(menuItem)),
      configuration: v.object({ properties: v.record(v.string(), setting) }),
      taskDefinitions: v.array(v.object({ type: v.string() })),
      views: v.record(v.string(), v.array(v.object({ id: v.string() }))),
      viewsContainers: v.object({ activitybar: v.array(v.object({ id: v.string(), icon: v.string() })) }),
      viewsWelcome: v.array(v.object({ view: v.string(), contents: v.string() })),
      walkthroughs: v.array(v.object({ id: v.string(), icon: v.string(), steps: v.array(v.object({ id: v.string(), description: v.string(), media: v.object({ svg: v.string() }), completionEvents: v.array(v.string()) })) })),
      customEditors: v.array(v.object({ viewType: v.string(), selector: v.array(v.object({ filenamePattern: v.string() })) })),
    }),
  }),
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
);
const { contributes } = manifest;

describe('package.json and the code', () => {
  it('name the same commands', () => {
    expect(contributes.commands.map((command) => command.command).sort()).toEqual(Object.values(commands).sort());
  });

  it('put only commands that exist into menus', () => {
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map((item) => item.command));
    const known = new Set<string>(Object.values(commands));
    expect(inMenus.filter((command) => !known.has(command))).toEqual([]);
    expect(contributes.menus['editor/title/run']?.map((item) => item.command)).toEqual([commands.runFile]);
  });

  it('name the same settings', () => {
    const written = Object.keys(contributes.configuration.properties).sort();
    expect(written).toEqual(Object.values(settings).map((id) => `${settingsSection}.${id}`).sort());
  });

  it('name the same task type, panel and editor', () => {
    expect(contributes.taskDefinitions.map((task) => task.type)).toEqual([taskType]);
    expect(contributes.customEditors.map((editor) => editor.viewType)).toEqual([recordingViewType]);
    expect(contributes.customEditors[0]?.selector).toEqual([{ filenamePattern: `*.${recordingExtension}` }]);
    expect(manifest.activationEvents).toContain(`onWebviewPanel:${panelViewType}`);
  });

  it('name the same view, whose rows have menus of their own', () => {
    expect(Object.values(contributes.views).flat().map((view) => view.id)).toEqual([runsViewId]);
    expect(contributes.viewsContainers.activitybar.map((container) => container.id)).toEqual(Object.keys(contributes.views));
    expect(contributes.viewsWelcome.map((welcome) => welcome.view)).toEqual([runsViewId]);
    const items = contributes.menus['view/item/context'] ?? [];
    expect(items.filter((item) => item.when?.startsWith(`view == ${runsViewId} && viewItem =~ /`) !== true)).toEqual([]);
  });

  it('keep out of the palette what needs a row, and let the rest ask', () => {
    const hidden = (contributes.menus['commandPalette'] ?? []).filter((item) => item.when === 'false').map((item) => item.command);
    expect(hidden.sort()).toEqual([commands.copyPid, commands.explain, commands.openSource]);
  });

  it('use only context keys that the code sets', () => {
    const clauses = [...Object.values(contributes.menus).flat().map((item) => item.when), ...contributes.commands.map((command) => command.enablement)];
    const used = clauses.flatMap((clause) => clause?.replaceAll(`view == ${runsViewId}`, '').match(/procession\.\w+/g) ?? []);
    const known = new Set<string>(Object.values(contextKeys));
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((key) => !known.has(key))).toEqual([]);
  });

  it('spell no id by hand outside ids.ts', () => {
    const ids = new Set<string>([...Object.values(commands), ...Object.values(contextKeys), recordingViewType, panelViewType]);
    const byHand = ['src/host', 'src/run', 'src/cli'].flatMap(sourceFiles).filter((file) => {
      const literals = readFileSync(file, 'utf8').match(/'procession\.\w+'/g) ?? [];
      return literals.some((literal) => ids.has(literal.slice(1, -1)));
    });
    expect(byHand).toEqual([]);
  });
});

describe('the walkthrough', () => {
  const [walkthrough, ...more] = contributes.walkthroughs;
  const steps = walkthrough?.steps ?? [];
  /** VS Code's own that it may lead to. */
  const foreign = new Set(['workbench.actions.view.problems']);
  const known = new Set<string>([...Object.values(commands), ...foreign]);

  it('is the one that the command opens, and has four steps with a picture each', () => {
    expect(more).toEqual([]);
    expect(walkthrough?.id).toBe(walkthroughId);
    expect(steps).toHaveLength(4);
    expect([walkthrough?.icon, ...steps.map((step) => step.media.svg)].filter((file) => file === undefined || !existsSync(join(root, file)))).toEqual([]);
    expect(existsSync(join(root, 'walkthrough', 'first_look.py'))).toBe(true);
  });

  it.each(['package.nls.json', 'package.nls.zh-cn.json'])('has a button in each step, and only for commands that exist, in %s', (file) => {
    const texts = v.parse(v.record(v.string(), v.string()), JSON.parse(readFileSync(join(root, file), 'utf8')));
    for (const { description } of steps) {
      const text = texts[description.slice(1, -1)] ?? '';
      const links = [...text.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1] ?? '');
      // VS Code makes a button of a link that stands alone on its line.
      expect(text.split('\n').filter((line) => /^\[[^\]]+\]\(command:[\w.]+\)$/.test(line))).toHaveLength(links.length);
      expect(links.length).toBeGreaterThan(0);
      expect(links.filter((link) => !known.has(link))).toEqual([]);
    }
    const welcome = texts['view.welcome'] ?? '';
    expect(welcome).toContain(`(command:${commands.getStarted})`);
  });

  it('is ticked off by what exists', () => {
    const keys = new Set<string>(Object.values(contextKeys));
    const wrong = steps.flatMap((step) => step.completionEvents).filter((event) => {
      const [kind, what = ''] = event.split(':');
      return kind === 'onContext' ? !keys.has(what) : kind !== 'onCommand' || !known.has(what);
    });
    expect(wrong).toEqual([]);
    expect(steps.filter((step) => step.completionEvents.length === 0)).toEqual([]);
  });

  it('draws in the colours of the theme, whatever it is', () => {
    for (const { media } of steps) expect(readFileSync(join(root, media.svg), 'utf8')).not.toMatch(/"#[0-9a-f]{3,8}"|rgb\(/i);
  });
});

describe('an untrusted workspace', () => {
  it('cannot say what is run, by any setting that a command line is made of', () => {
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe('limited');
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.sort()).toEqual(
      [settings.python, settings.pythonOptions, settings.arguments, settings.environment, settings.workingDirectory, settings.pySpy].map((id) => `${settingsSection}.${id}`).sort(),
    );
  });
});

describe('activation', () => {
  it('waits for something that is ours', () => {
    expect(manifest.activationEvents.filter((event) => event === '*' || event === 'onStartupFinished' || event.startsWith('onLanguage'))).toEqual([]);
    expect(manifest.extensionKind).toEqual(['workspace']);
  });
});
