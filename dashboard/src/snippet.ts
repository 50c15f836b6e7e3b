/** The Python quick start for a path, as it runs against this server. */
export function pythonSnippet(path: string, service: string, model: string): string {
  return `import quotakit

quotakit.init(api_key="aisc_…", base_url="${location.origin}")

with quotakit.track("${path}", service="${service}", model="${model}") as t:
    # your provider call goes here; then say what it used
    t.result(input_tokens=1200, output_tokens=350)

quotakit.flush()
`
}
