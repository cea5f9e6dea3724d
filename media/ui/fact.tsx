/** A name and what is known under it, for lists of facts. */
import type { ComponentChildren, VNode } from 'preact';

export function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
