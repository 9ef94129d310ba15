import { Component, type ReactNode } from 'react';
import type { Texts } from '../../model/texts';
import { Button } from './Button';
import { Notice } from './Notice';

interface BoundaryProps {
  readonly texts: Texts;
  readonly children: ReactNode;
  /** When this changes, another try is made. */
  readonly resetKey?: unknown;
}

interface BoundaryState {
  readonly message: string | null;
  readonly resetKey: unknown;
}

/** A mistake of ours takes away one part of the panel, and never leaves it blank. Needs texts around it. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { message: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: BoundaryState): Partial<BoundaryState> | null {
    return props.resetKey === state.resetKey ? null : { message: null, resetKey: props.resetKey };
  }

  override render(): ReactNode {
    const { texts, children } = this.props;
    if (this.state.message === null) {
      return children;
    }
    return (
      <Notice
        kind="error"
        title={texts.__('This part could not be shown.')}
        actions={<Button icon="retry" label={texts.__('Try again')} onClick={() => this.setState({ message: null })} />}
      >
        <div className="jp-dataops-notice-where">{this.state.message}</div>
        <div className="jp-dataops-notice-hint">
          {texts.__('This is a mistake in the extension; runs are not affected by it.')}
        </div>
      </Notice>
    );
  }
}
