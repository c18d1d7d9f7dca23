/// The status page's script: asks for `status.json` twice a second, and draws it. Everything from the wire becomes text, never markup.
enum StatusScript {
    static let javascript = drawing + "\n" + asking

    private static let drawing = #"""
        "use strict";
        const byId = id => document.getElementById(id);
        const number = new Intl.NumberFormat("en-GB");
        const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
        const svg = (name, attributes) => {
          const node = document.createElementNS("http://www.w3.org/2000/svg", name);
          for (const key in attributes) node.setAttribute(key, attributes[key]);
          return node;
        };
        const scaled = (value, unit) => {
          let step = 0;
          while (value >= 999.5 && step < 4) { value /= 1000; step += 1; }
          const whole = value >= 99.95 || (step === 0 && value >= 9.95) || value === 0;
          return value.toFixed(whole ? 0 : 1) + " " + ["", "k", "M", "G", "T"][step] + unit;
        };
        const duration = seconds => {
          const s = Math.floor(seconds), two = n => String(n).padStart(2, "0");
          const clock = two(Math.floor(s / 3600) % 24) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
          return s < 86400 ? clock : Math.floor(s / 86400) + " d " + clock;
        };

        // A ring: a thin circle of all descriptors, a thick arc of those that the card owns, marks at head and tail.
        class Wheel {
          constructor(id) {
            this.section = byId(id);
            const wheel = this.section.querySelector(".wheel");
            const circle = name => svg("circle", { r: 84, "class": name, transform: "rotate(-90)" });
            this.driver = circle("driver"); this.card = circle("card"); this.gaps = circle("gaps");
            // What turns, turns as one: marks stay at the arc's ends.
            this.turning = svg("g", {}); this.tail = svg("circle", { "class": "mark", cy: -103, r: 5 });
            this.turning.append(this.card, this.tail, svg("path", { "class": "mark", d: "M-8-109h16l-8 13z" }));
            this.big = svg("text", { "class": "big", y: 0 }); this.small = svg("text", { "class": "small", y: 20 });
            const owner = svg("text", { "class": "small", y: 37 });
            owner.textContent = "owned by the card";
            wheel.append(this.driver, this.turning, this.gaps, this.big, this.small, owner);
            this.angle = 0;
            this.samples = [];
          }
          part(name) { return this.section.querySelector("[data-part=" + name + "]"); }
          draw(ring) {
            const count = Math.max(1, ring.count), owned = Math.min(ring.cardOwned, count), tail = (ring.head + owned) % count;
            if (this.count !== count) {
              this.count = count;
              const groups = count <= 64 ? count : 0;
              this.gaps.style.display = groups ? "" : "none";
              for (const node of [this.driver, this.card, this.gaps]) node.setAttribute("pathLength", count);
              this.gaps.setAttribute("stroke-dasharray", "0.16 0.84");
              this.gaps.setAttribute("stroke-dashoffset", "0.08");
            }
            this.card.setAttribute("stroke-dasharray", owned + " " + (count - owned));
            this.card.style.display = owned ? "" : "none";
            this.tail.setAttribute("transform", "rotate(" + 360 * owned / count + ")");
            // Onwards, the way that rings go: never back past the end.
            this.angle += ((360 * ring.head / count - this.angle) % 360 + 360) % 360;
            this.turning.style.transform = "rotate(" + this.angle + "deg)";
            setText(this.big, String(owned));
            setText(this.small, "of " + count);
            setText(byId(this.section.id + "-text"),
              "The card owns " + owned + " of " + count + " descriptors, the driver " + (count - owned) +
              "; head " + ring.head + ", tail " + tail + ".");
          }
          rate(bits, frames) {
            this.samples.push(bits);
            if (this.samples.length > 60) this.samples.shift();
            const peak = Math.max(...this.samples), full = Math.max(peak, 1);
            const points = this.samples.map((value, i) => (240 - 4 * (this.samples.length - 1 - i)) + "," + (46 - 44 * value / full).toFixed(1));
            this.section.querySelector("polyline").setAttribute("points", points.join(" "));
            this.section.querySelector("polygon").setAttribute("points", points.length < 2 ? "" :
              points[0].split(",")[0] + ",48 " + points.join(" ") + " 240,48");
            setText(this.part("rate"), scaled(bits, "bit/s"));
            setText(this.part("frames"), number.format(Math.round(frames)) + " frames/s");
            setText(this.part("peak"), "Highest in 30 s: " + scaled(peak, "bit/s"));
          }
          restart() { this.samples = []; }
        }
        const rows = (body, lines, header) => {
          while (body.rows.length > lines.length) body.deleteRow(-1);
          lines.forEach((line, i) => {
            const row = body.rows[i] || body.insertRow();
            line.forEach((text, j) => setText(row.cells[j] || row.insertCell(), text));
          });
        };
        """#

    private static let asking = #"""
        const wheels = { receive: new Wheel("receive"), transmit: new Wheel("transmit") };
        const token = document.querySelector("meta[name=ringlight-token]").content;
        let previous = null, failures = 0, paused = false, timer = null, asking = false;

        function state(text, kind) {
          const node = byId("state");
          setText(node, text);
          node.className = kind;
          document.documentElement.classList.toggle("stale", kind === "bad");
        }
        function draw(now) {
          document.title = now.device + " – Ringlight";
          setText(byId("device"), now.device);
          const link = now.link, speed = link.megabitsPerSecond ? ", " + link.megabitsPerSecond + " Mbit/s" : "";
          setText(byId("link"), link.isUp ? "link up" + speed + (link.isFullDuplex === false ? ", half duplex" : "") : "link down");
          byId("link").className = "badge " + (link.isUp ? "up" : "down");
          setText(byId("mac"), now.mac);
          setText(byId("addresses"), now.addresses.join(", ") || "none");
          setText(byId("uptime"), duration(now.uptime));
          wheels.receive.draw(now.receiveRing);
          wheels.transmit.draw(now.transmitRing);
          if (previous && now.uptime < previous.uptime) { previous = null; wheels.receive.restart(); wheels.transmit.restart(); }
          const seconds = previous ? now.uptime - previous.uptime : 0;
          if (seconds > 0) {
            const rate = (wheel, a, b) => wheel.rate(8 * (b.bytes - a.bytes) / seconds, (b.frames - a.frames) / seconds);
            rate(wheels.receive, previous.received, now.received);
            rate(wheels.transmit, previous.transmitted, now.transmitted);
          }
          previous = now;
          const totals = [["Frames received", now.received.frames], ["Bytes received", now.received.bytes],
            ["Frames sent", now.transmitted.frames], ["Bytes sent", now.transmitted.bytes]];
          rows(byId("counters"), totals.concat(now.counters.map(c => [c.name, c.value])).map(([name, value]) => [name, number.format(value)]));
          const shown = now.connections.length, all = now.connectionCount;
          setText(byId("connection-count"), all > shown ? "(" + shown + " of " + number.format(all) + ")" : "(" + all + ")");
          rows(byId("connections"), shown ? now.connections.map(c => [c.protocol, c.local, c.remote, c.state]) : [["none", "", "", ""]]);
          const frames = byId("frames"), newest = now.lastFrames.slice().reverse();
          while (frames.children.length > newest.length) frames.lastChild.remove();
          newest.forEach((line, i) => setText(frames.children[i] || frames.appendChild(document.createElement("li")), line));
          lights(now.lights);
        }
        function lights(names) {
          byId("lights").hidden = !names;
          const place = byId("light-buttons"), key = JSON.stringify(names || []);
          if (!names || place.dataset.names === key) return;
          place.dataset.names = key;
          place.replaceChildren();
          if (!token) return setText(byId("light-state"),
            "This page was opened under a name that the server does not know; open it by its address to blink lights.");
          const titles = { capslock: "Caps Lock", numlock: "Num Lock", scrolllock: "Scroll Lock" };
          for (const name of names) {
            const button = document.createElement("button"), title = titles[name] || name;
            button.type = "button";
            button.textContent = "Blink " + title;
            button.addEventListener("click", () => blink(button, name, title));
            place.append(button);
          }
        }
        async function blink(button, name, title) {
          button.disabled = true;
          try {
            const answer = await fetch("lights", { method: "POST", body: JSON.stringify({ light: name }),
              headers: { "Content-Type": "application/json", "X-Ringlight-Token": token } });
            setText(byId("light-state"), answer.ok ? title + " blinks." : "Not blinked. " + (await answer.text()).slice(0, 200));
          } catch { setText(byId("light-state"), "Not blinked: the server does not answer."); }
          button.disabled = false;
        }
        async function ask() {
          if (asking || paused) return;
          asking = true;
          clearTimeout(timer);
          const patience = new AbortController(), limit = setTimeout(() => patience.abort(), 3000);
          try {
            const answer = await fetch("status.json", { cache: "no-store", signal: patience.signal });
            if (!answer.ok) throw new Error("it answers with error " + answer.status);
            draw(await answer.json());
            failures = 0;
            if (!paused) state("Live", "good");
          } catch (error) {
            failures += 1;
            const why = error instanceof Error && error.message.startsWith("it ") ? error.message : "it does not answer";
            if (failures >= 2 && !paused) state("The server is gone: " + why + ". Trying again.", "bad");
          }
          clearTimeout(limit);
          asking = false;
          if (!paused && !document.hidden) timer = setTimeout(ask, failures > 1 ? 1000 : 500);
        }
        byId("pause").addEventListener("click", event => {
          paused = !paused;
          event.target.setAttribute("aria-pressed", String(paused));
          if (paused) state("Paused", ""); else ask();
        });
        document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
        ask();
        """#
}
