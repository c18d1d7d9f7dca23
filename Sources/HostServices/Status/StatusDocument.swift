/// The status page's HTML. Style and script stand in it, with a nonce, so that one answer is the whole page.
enum StatusDocument {
    /// - Parameters:
    ///   - nonce: hexadecimal digits, new for each answer.
    ///   - token: hexadecimal digits, or empty for a page that only shows.
    static func html(nonce: String, token: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="ringlight-token" content="\(token)">
        <title>Ringlight</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">
        \(StatusStyle.css)
        </style>
        </head>
        <body>
        \(body)
        <script nonce="\(nonce)">
        \(StatusScript.javascript)
        </script>
        </body>
        </html>

        """
    }

    private static let body = """
        <header>
        <div class="title"><h1 id="device">Ringlight</h1><span id="link" class="badge">link unknown</span></div>
        <dl class="facts">
        <div><dt>Hardware address</dt><dd id="mac">–</dd></div>
        <div><dt>Addresses</dt><dd id="addresses">–</dd></div>
        <div><dt>Up for</dt><dd id="uptime">–</dd></div>
        </dl>
        <div class="live"><p id="state" role="status" aria-live="polite">Waiting for the first numbers.</p>\
        <button id="pause" type="button" aria-pressed="false">Pause</button></div>
        </header>
        <noscript><p class="problem">This page draws with JavaScript, which is off.\
         The numbers are at <a href="status.json">status.json</a>.</p></noscript>
        <main id="main">
        <div class="rings">
        \(ring("receive", "Receive"))
        \(ring("transmit", "Transmit"))
        </div>
        <p class="legend">
        <span><span class="key card"></span> owned by the card</span><span><span class="key driver"></span> owned by the driver</span>\
        <span><span class="mark" aria-hidden="true">▼</span> head</span><span><span class="mark" aria-hidden="true">●</span> tail</span>
        </p>
        <section id="lights" aria-labelledby="lights-title" hidden>
        <h2 id="lights-title">Keyboard lights</h2>
        <div id="light-buttons" class="buttons"></div>
        <p id="light-state" role="status" aria-live="polite"></p>
        </section>
        <div class="columns">
        <section aria-labelledby="connections-title">
        <h2 id="connections-title">Connections <span id="connection-count" class="count"></span></h2>
        <div class="scroll" role="region" aria-labelledby="connections-title" tabindex="0">
        <table aria-labelledby="connections-title"><thead><tr>\
        <th scope="col">Protocol</th><th scope="col">Local</th><th scope="col">Remote</th><th scope="col">State</th></tr></thead>
        <tbody id="connections"></tbody></table>
        </div>
        </section>
        <section aria-labelledby="counters-title">
        <h2 id="counters-title">Counters</h2>
        <table class="numbers" aria-labelledby="counters-title"><thead class="unseen"><tr><th scope="col">Counter</th><th scope="col">Value</th></tr></thead>
        <tbody id="counters"></tbody></table>
        </section>
        </div>
        <section aria-labelledby="frames-title">
        <h2 id="frames-title">Last frames, the newest first</h2>
        <ol id="frames" class="frames"></ol>
        </section>
        </main>
        """

    private static func ring(_ id: String, _ title: String) -> String {
        """
        <section class="ring" id="\(id)" aria-labelledby="\(id)-title">
        <h2 id="\(id)-title">\(title)</h2>
        <svg class="wheel" viewBox="-110 -110 220 220" role="img" aria-labelledby="\(id)-text"></svg>
        <div class="flow">
        <p class="rate"><span data-part="rate">–</span></p>
        <p class="sub" data-part="frames">–</p>
        <svg class="spark" viewBox="0 0 240 48" preserveAspectRatio="none" aria-hidden="true"><polygon></polygon><polyline></polyline></svg>
        <p class="sub" data-part="peak">–</p>
        </div>
        <p class="sub wide" id="\(id)-text">No numbers yet.</p>
        </section>
        """
    }
}
