import { Component, type ReactNode } from 'react'
import { Problem } from './Notice'

/** A page that fails says so, and leaves the others usable. Its key should be the page, so that another one starts afresh. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <div className="page">
        <Problem>
          This page could not be shown. <a href={location.href}>Load it again</a>
        </Problem>
      </div>
    )
  }
}
