/** The menus of the tree: what is filtered often, what is folded, which columns there are and by which rows are sorted. */
import { choices, chooseForTree } from '../state/choices.js';
import { t } from '../state/l10n.js';
import { asksFor, toggleTerm } from '../state/query.js';
import { graphFolds, NO_TREE_CHOICES, type Foldable, type Folding } from '../state/tree-choices.js';
import { openMenu, type MenuItem } from '../ui/menu.js';
import { ALL_COLUMNS, canHide, chosenColumns, nextSort } from './columns.js';
import { columnsShown, layout, shareFor } from './layout.js';
import { foldAll } from './tree-state.js';

/** The title of a column, as short as its head is narrow. */
export function titleOf(column: string): string {
  switch (column) {
    case 'name': return t('Process');
    case 'pid': return t('PID');
    case 'state': return t('State');
    case 'method': return t('Method');
    case 'daemon': return t('Daemon');
    case 'target': return t('Runs');
    case 'cpu': return t('CPU');
    case 'memory': return t('Mem');
    case 'io': return t('In / Out');
    case 'in': return t('In');
    case 'out': return t('Out');
    case 'bytesIn': return t('Bytes in');
    case 'bytesOut': return t('Bytes out');
    case 'tasks': return t('Tasks');
    case 'blocked': return t('Waited');
    case 'started': return t('Started');
    case 'lived': return t('Lived');
    default: return t('Exit');
  }
}

/** What it shows, in words. */
export function meaningOf(column: string): string {
  switch (column) {
    case 'name': return t('Name of the process');
    case 'pid': return t("The system's number of the process");
    case 'state': return t('State, and what it waits for');
    case 'method': return t('Start method');
    case 'daemon': return t('Daemonic or not');
    case 'target': return t('Function that it runs');
    case 'cpu': return t('Percent of one core');
    case 'memory': return t('Resident memory');
    case 'io': return t('Messages received and sent');
    case 'in': return t('Messages received');
    case 'out': return t('Messages sent');
    case 'bytesIn': return t('Bytes of the messages received');
    case 'bytesOut': return t('Bytes of the messages sent');
    case 'tasks': return t('Tasks of pools that ended in it');
    case 'blocked': return t('Time in waits that are over, of all reasons');
    case 'started': return t('Seconds from the start of the run');
    case 'lived': return t('How long it has lived');
    default: return t('Exit code or signal');
  }
}

/** What people filter by most; each is a term of the filter's language. */
export function commonFilters(): readonly { readonly term: string; readonly label: string }[] {
  return [
    { term: 'state:alive', label: t('Only living') },
    { term: 'state:blocked', label: t('Blocked') },
    { term: 'finding:yes', label: t('With findings') },
  ];
}

export function toggleFilter(term: string): void {
  choices.filter.value = toggleTerm(choices.filter.peek(), term);
}

const NEXT: Readonly<Record<Folding, Folding>> = { many: 'always', always: 'never', never: 'many' };

function foldLabel(what: Foldable): string {
  switch (what) {
    case 'helpers': return t('Fold helpers');
    case 'ended': return t('Fold what has ended');
    case 'workers': return t('Fold pool workers');
  }
}

function foldingWords(how: Folding): string {
  return how === 'many' ? t('when there are many') : how === 'always' ? t('always') : t('never');
}

function foldItem(what: Foldable): MenuItem {
  const how = choices.tree.value.folding[what];
  // One helper is as much in the way as ten: of them "many" has no meaning.
  const next = what === 'helpers' && how !== 'always' ? 'always' : what === 'helpers' ? 'never' : NEXT[how];
  return {
    kind: 'item', label: foldLabel(what), hint: foldingWords(how), checked: how === 'many' ? 'mixed' : how === 'always', stays: true,
    // What was opened or closed by hand counts no more: else the choice would seem to do nothing.
    run: () => chooseForTree({ folding: { ...choices.tree.peek().folding, [what]: next }, folds: graphFolds(choices.tree.peek().folds) }),
  };
}

function viewItems(): readonly MenuItem[] {
  return [
    { kind: 'title', label: t('Show') },
    ...commonFilters().map(({ term, label }): MenuItem => ({ kind: 'item', label, hint: term, checked: asksFor(choices.filter.value, term), stays: true, run: () => toggleFilter(term) })),
    { kind: 'line' },
    { kind: 'title', label: t('Fold') },
    foldItem('helpers'), foldItem('ended'), foldItem('workers'),
    { kind: 'item', label: t('Expand all'), run: () => foldAll(true) },
    { kind: 'item', label: t('Collapse all'), run: () => foldAll(false) },
  ];
}

function columnItems(): readonly MenuItem[] {
  const { columns, widths, sort } = choices.tree.value;
  const shown = new Set(chosenColumns(columns, widths).map((column) => column.id));
  const fits = new Set(columnsShown.value);
  const changed = columns !== null || sort !== null || Object.keys(widths).length > 0;
  return [
    { kind: 'title', label: t('Columns') },
    ...ALL_COLUMNS.filter((column) => canHide(column.id)).map(({ id }): MenuItem => ({
      kind: 'item', label: titleOf(id), hint: shown.has(id) && !fits.has(id) ? t('no room: widen the tree') : meaningOf(id), checked: shown.has(id), stays: true, run: () => toggleColumn(id),
    })),
    { kind: 'line' },
    { kind: 'item', label: t('Order of start'), hint: sort === null ? '' : t('sorted by {0}', titleOf(sort.column)), disabled: sort === null, run: () => chooseForTree({ sort: null }) },
    { kind: 'item', label: t('The usual columns'), disabled: !changed, run: () => chooseForTree({ columns: NO_TREE_CHOICES.columns, widths: NO_TREE_CHOICES.widths, sort: null }) },
  ];
}

/** A column that comes gets its room, as far as there is any: one that is ticked and not to be seen would look broken. */
function toggleColumn(id: string): void {
  const { columns, widths } = choices.tree.peek();
  const shown = chosenColumns(columns, widths).map((column) => column.id);
  const next = shown.includes(id) ? shown.filter((other) => other !== id) : [...shown, id];
  chooseForTree({ columns: next });
  if (!shown.includes(id)) {
    const needs = chosenColumns(next, widths).reduce((sum, column) => sum + column.min, 0);
    choices.treeShare.value = Math.max(choices.treeShare.peek(), shareFor(layout.peek(), needs));
  }
}

export function sortBy(column: string): void {
  chooseForTree({ sort: nextSort(choices.tree.peek().sort, column) });
}

export function openViewMenu(x: number, y: number): void {
  openMenu(t('What the process tree shows'), x, y, viewItems);
}

export function openColumnMenu(x: number, y: number): void {
  openMenu(t('Columns of the process tree'), x, y, columnItems);
}
