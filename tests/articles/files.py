"""Import files for tests: one that has everything, and ways to say it differently."""

MARKDOWN = """\
---
title: Festivals now build tools
slug: festivals-now-build-tools
standfirst: Labs turn “watch” into “make” — and boards should ask why.
section: entertainment
date: 2026-06-21
byline: Desk
source: The Hollywood Reporter
tags: [film, ai]
price: 2
---

The festival’s labs are “hands-on” — not a panel. See [the report](https://example.org/report?a=1&b=2).

It costs 5 < 6 & more, **truly**, so they say.

### Why it matters

- One reason
- Another reason

> The line keeps moving.
>
> — A director

| Lab | Seats |
|-----|-------|
| AI  | 12    |

## Key Insights

- The statement, with **weight**, stands.
  - Evidence: what shows it.
  - Source: [The Hollywood Reporter](https://www.hollywoodreporter.com/?a=1&b=2)
  - Confidence: HIGH
- A second statement.

## TAKE-AWAYS

access: registered

- What it means.
  - **For:** Studios

## Executive actions

- Do this.
  - Owner: CTO
  - Horizon: this quarter
  - **Effort**: medium
  - Measure: how one will know.
"""

HEAD, BODY = MARKDOWN.split("\n\n", 1)
STORY, GATED = BODY.split("## Key Insights", 1)
GATED = f"## Key Insights{GATED}"

HTML_BODY = """\
<article>
<p>The festival’s labs are “hands-on” — not a panel. See <a href="https://example.org/report?a=1&amp;b=2"
  class="x" onclick="steal()">the report</a>.</p>
<p>It costs 5 &lt; 6 &amp; more, <strong>truly</strong>, so they say.</p>
<h3>Why it matters</h3>
<ul>
<li>One reason</li>
<li>Another reason</li>
</ul>
<blockquote><p>The line keeps moving.</p><p>— A director</p></blockquote>
<table><thead><tr><th>Lab</th><th>Seats</th></tr></thead><tbody><tr><td>AI</td><td>12</td></tr></tbody></table>
<h2>Key insights</h2>
<ul>
<li>The statement, with <strong>weight</strong>, stands.
<ul><li>Evidence: what shows it.</li>
<li><strong>Source</strong>: <a href="https://www.hollywoodreporter.com/?a=1&amp;b=2"
>The Hollywood Reporter</a></li>
<li><b>Confidence</b>: high</li></ul></li>
<li>A second statement.</li>
</ul>
<h2>Take-aways</h2>
<p>access: registered</p>
<ul><li>What it means.<ul><li>For: Studios</li></ul></li></ul>
<h4>Executive Actions</h4>
<ol><li><p>Do this.</p><ul><li>Owner: CTO</li><li>Horizon: this quarter</li><li>Effort: medium</li>
<li>Measure: how one will know.</li></ul></li></ol>
</article>
"""


def with_story(story: str, gated: str = GATED) -> str:
    """An import file with this story; its first line is line 12 of the file."""
    return f"{HEAD}\n{story}\n{gated}"


def with_head(**changes: str | None) -> str:
    """The file with lines of its front matter changed, or taken away by None. The order stays."""
    head = []
    for line in HEAD.split("\n"):
        name = line.partition(":")[0]
        if name not in changes:
            head.append(line)
        elif changes[name] is not None:
            head.append(f"{name}: {changes[name]}")
    return "\n".join(head) + f"\n\n{BODY}"


def with_gated(gated: str) -> str:
    """An import file whose gated parts begin at line 15."""
    return f"{HEAD}\n\nThe story.\n\n{gated}"
