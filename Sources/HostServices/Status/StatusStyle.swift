/// The status page's style: bright and dark as the reader's system is, one column on a phone.
enum StatusStyle {
    // Text has a contrast of at least 4.5 to 1, what is drawn of at least 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
    static let css = #"""
        :root { --ground: #f3f5f8; --sheet: #fff; --text: #17202b; --soft: #515d6b; --line: #d5dbe3; --card: #0a5fc2; --driver: #8390a0;
          --good: #0b6b3f; --bad: #a4161a; --badground: #fdecec; --wash: #dce9f9; }
        @media (prefers-color-scheme: dark) { :root { --ground: #0e1319; --sheet: #171f28; --text: #e7ecf2; --soft: #a3b1bf; --line: #2c3845;
          --card: #63b1ff; --driver: #667789; --good: #6fd6a0; --bad: #ffb3b3; --badground: #3a1719; --wash: #17304a; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1.25rem; max-width: 76rem; background: var(--ground); color: var(--text);
          font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
        h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
        h2 { font-size: 1rem; margin: 0 0 .6rem; }
        p { margin: 0; }
        header { display: grid; gap: .75rem 2rem; grid-template-columns: 1fr auto; align-items: center; margin-bottom: 1rem; }
        .title { display: flex; flex-wrap: wrap; gap: .4rem .8rem; align-items: center; }
        .badge { border: 1px solid currentColor; border-radius: 1rem; padding: .05rem .7rem; font-size: .875rem; white-space: nowrap;
          color: var(--soft); }
        .badge.up { color: var(--good); }
        .badge.down { color: var(--bad); }
        .facts { grid-row: 2; grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 0; }
        .facts dt { font-size: .8125rem; color: var(--soft); }
        .facts dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .live { display: flex; gap: .8rem; align-items: center; justify-content: flex-end; }
        #state { font-size: .875rem; color: var(--soft); }
        #state::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .5em;
          background: var(--driver); }
        #state.good::before { background: var(--good); }
        #state.bad { color: var(--bad); background: var(--badground); border: 1px solid currentColor; border-radius: .4rem; padding: .3rem .7rem; }
        #state.bad::before { background: currentColor; border-radius: 0; }
        .problem { color: var(--bad); background: var(--badground); padding: .6rem .9rem; border-radius: .4rem; margin-bottom: 1rem; }
        a { color: inherit; }
        button { font: inherit; color: var(--text); background: var(--sheet); border: 1px solid var(--driver); border-radius: .4rem;
          min-height: 2.75rem; padding: .3rem 1rem; cursor: pointer; }
        button:hover { background: var(--wash); }
        button:disabled { opacity: .6; cursor: default; }
        button[aria-pressed="true"] { background: var(--card); border-color: var(--card); color: var(--sheet); }
        :focus-visible { outline: 3px solid var(--card); outline-offset: 2px; }
        section { background: var(--sheet); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem; margin-bottom: 1rem; min-width: 0; }
        .rings { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); }
        .rings section { margin: 0; }
        .ring { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: .25rem 1.5rem; align-items: center; }
        .ring h2, .wide { grid-column: 1 / -1; margin: 0; }
        .wheel { width: 100%; display: block; }
        .wheel circle { fill: none; }
        .wheel .driver { stroke: var(--driver); stroke-width: 6; }
        .wheel .card { stroke: var(--card); stroke-width: 20; }
        .wheel .gaps { stroke: var(--sheet); stroke-width: 22; }
        .wheel .mark { fill: var(--text); }
        .wheel g { transition: transform .45s linear; }
        .wheel text { fill: var(--text); text-anchor: middle; font-variant-numeric: tabular-nums; }
        .wheel .big { font-size: 34px; font-weight: 600; }
        .wheel .small { font-size: 13px; fill: var(--soft); }
        .rate { font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .sub { font-size: .875rem; color: var(--soft); font-variant-numeric: tabular-nums; }
        .spark { width: 100%; height: 3rem; display: block; margin: .4rem 0; border-bottom: 1px solid var(--driver); }
        .spark polyline { fill: none; stroke: var(--card); stroke-width: 2; vector-effect: non-scaling-stroke; }
        .spark polygon { fill: var(--wash); }
        .legend { font-size: .875rem; color: var(--soft); margin: .6rem .2rem 1rem; }
        .key { display: inline-block; width: 1.4em; vertical-align: middle; margin-right: .2em; }
        .key.card { height: .9em; background: var(--card); }
        .key.driver { height: .3em; background: var(--driver); }
        .legend > span { display: inline-block; margin-right: .9em; }
        .legend .mark { color: var(--text); }
        .buttons { display: flex; flex-wrap: wrap; gap: .6rem; }
        #light-state { font-size: .875rem; color: var(--soft); margin-top: .5rem; }
        #light-state:empty { margin: 0; }
        .columns { display: grid; gap: 0 1rem; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); align-items: start; }
        .scroll { overflow-x: auto; max-height: 22rem; overflow-y: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--soft); }
        th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
        tr:last-child > td { border-bottom: 0; }
        .numbers td { white-space: normal; }
        .numbers td:last-child { text-align: right; padding-right: 0; white-space: nowrap; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .count { font-weight: 400; color: var(--soft); }
        .frames { list-style: none; margin: 0; padding: 0; font: .8125rem/1.5 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; }
        .frames li { padding: .15rem 0 .15rem 1.5em; text-indent: -1.5em; overflow-wrap: anywhere; border-bottom: 1px solid var(--line); }
        .frames li:last-child { border-bottom: 0; }
        .empty { color: var(--soft); }
        .stale main { filter: grayscale(1); }
        [hidden] { display: none; }
        @media (max-width: 48rem) { .columns { grid-template-columns: minmax(0, 1fr); } header { grid-template-columns: minmax(0, 1fr); }
          .facts { grid-row: auto; } .live { justify-content: space-between; }
          /* Here one is six lines: those that a thumb gets to. */
          .frames li:nth-child(n+17) { display: none; } }
        @media (max-width: 30rem) { body { padding: .75rem; } section { padding: .8rem; } .ring { grid-template-columns: minmax(0, 1fr); }
          .wheel { width: min(100%, 13rem); margin: 0 auto; } .flow, .wide { text-align: center; } }
        @media (prefers-reduced-motion: reduce) { .wheel g { transition: none; } }
        """#
}
