import type { TreeNode } from '../../api'
import { useSession } from '../../session'
import { pythonSnippet } from '../../snippet'
import { Button } from '../../ui/Button'
import { Snippet } from '../../ui/Copy'
import { Icon } from '../../ui/Icon'
import { Link } from '../../ui/Link'

function Step({ number, done, title }: { number: number; done: boolean; title: string }) {
  return (
    <div className="row">
      <span className={`step-number${done ? ' done' : ''}`}>{done ? <Icon name="check" size={14} /> : number}</span>
      <h3>
        {title}
        <span className="visually-hidden">{done ? ' (done)' : ''}</span>
      </h3>
    </div>
  )
}

/** What a new account sees until its first call has been recorded. */
export function FirstSteps({ nodes, onAddPath }: { nodes: TreeNode[]; onAddPath: () => void }) {
  const { account } = useSession()
  const paths = nodes.length
  const example = nodes.find((node) => node.service && !node.archived)
  return (
    <section className="card" aria-label="First steps">
      <header>
        <h2>Three steps to your first recorded call</h2>
      </header>
      <div className="body">
        <ol className="steps">
          <li>
            <Step number={1} done={paths > 0} title="Add a path and its quota" />
            <p className="muted">
              A path stands for whatever spends: a team, a product, a feature, such as{' '}
              <code>acme/search/query-rewrite</code>. Quotas count a path with everything below it.
            </p>
            {paths === 0 && (
              <div>
                <Button kind="primary" onPress={onAddPath}>
                  <Icon name="plus" />
                  Add the first path
                </Button>
              </div>
            )}
          </li>
          <li>
            <Step number={2} done={account.keys > 0} title="Create an API key" />
            <p className="muted">The SDK signs its calls with it. It is shown once; keep it with your other secrets.</p>
            {account.keys === 0 && (
              <div>
                <Link className="button" href="/keys">
                  API Keys
                </Link>
              </div>
            )}
          </li>
          <li>
            <Step number={3} done={account.calls} title="Wrap one call" />
            <Snippet
              label="Python quick start"
              code={pythonSnippet(
                example?.path ?? 'acme/search',
                example?.service ?? 'openai',
                example && example.service !== 'openai' ? 'your-model' : 'gpt-4o',
              )}
            />
          </li>
        </ol>
      </div>
    </section>
  )
}
