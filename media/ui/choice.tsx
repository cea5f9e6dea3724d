/** One of several, as the system's own list: it needs no room, and every reader of screens knows it. */
import type { VNode } from 'preact';

export interface Option {
  readonly value: string;
  readonly text: string;
}

interface Props {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChoose: (value: string) => void;
}

export function Choice({ label, value, options, onChoose }: Props): VNode {
  return (
    <select class={`choice${value === '' ? '' : ' set'}`} aria-label={label} title={label} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
      {options.map((option) => <option key={option.value} value={option.value} selected={option.value === value}>{option.text}</option>)}
    </select>
  );
}
