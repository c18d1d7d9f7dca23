/// What is wrong with the page that a browser shows, for people of several kinds: expressions whose value is a list of complaints,
/// empty for none (WCAG 2.2).
public enum PageChecks {
    /// Text that those read who see it: contrast of 4.5 to 1 (1.4.3), 12 pixels at least.
    public static let text = #"""
        (() => {
          const parts = color => { const n = color.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
          const linear = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
          const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const ground = node => {
            for (; node; node = node.parentElement) {
              const color = parts(getComputedStyle(node).backgroundColor);
              if (color[3] === 1) return color;
            }
            return [255, 255, 255, 1];
          };
          const wrong = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          let seen = 0;
          while (texts.nextNode()) {
            const words = texts.currentNode.data.trim(), node = texts.currentNode.parentElement, style = getComputedStyle(node);
            if (!words || !node.checkVisibility() || node.closest("script, style, noscript, .unseen, :disabled")) continue;
            seen += 1;
            const drawn = node.ownerSVGElement, a = luminance(parts(drawn ? style.fill : style.color)), b = luminance(ground(node));
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) wrong.push(words.slice(0, 40) + ": contrast " + contrast.toFixed(2));
            if (!drawn && parseFloat(style.fontSize) < 12) wrong.push(words.slice(0, 40) + ": " + style.fontSize);
          }
          return seen < 20 ? ["only " + seen + " texts are there"] : wrong;
        })()
        """#

    /// Nothing needs scrolling to the side but what has its own scrolling (1.4.10), and a finger hits what can be pressed (2.5.5).
    ///
    /// - Parameter width: of the window, CSS pixels. (A page that is wider makes a phone's `innerWidth` wider.)
    public static func layout(width: Int) -> String {
        #"""
        (() => {
          const wrong = [], width = document.documentElement.scrollWidth;
          if (width > \#(width)) wrong.push("the page is " + width + " pixels wide");
          for (const node of document.body.querySelectorAll("*")) {
            if (!node.checkVisibility() || node.closest(".scroll > *, .unseen")) continue;
            const box = node.getBoundingClientRect(), name = node.tagName + " " + (node.id || node.className);
            if (!node.ownerSVGElement && box.width && (box.right > \#(width) + 0.5 || box.left < -0.5)) wrong.push(name + " sticks out to " + box.right);
            if (node.matches("button, a") && (box.height < 44 || box.width < 44)) wrong.push(name + " is " + box.width + " by " + box.height);
          }
          return wrong;
        })()
        """#
    }

    /// Headings without gaps (1.3.1), and all of the document's own words for those who hear it.
    public static let structure = #"""
        (() => {
          const wrong = [];
          if (document.documentElement.lang !== "en") wrong.push("no language");
          if (!document.title) wrong.push("no title");
          if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
          if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
          let level = 0;
          for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
            const next = Number(heading.tagName[1]);
            if (next > level + 1) wrong.push(heading.textContent + ": a level is left out");
            level = next;
          }
          for (const node of document.querySelectorAll("[aria-labelledby]"))
            for (const id of (node.getAttribute("aria-labelledby") || "").split(" ").filter(id => id))
              if (!document.getElementById(id)) wrong.push(node.tagName + " is named by " + id + ", which is not there");
          const ids = [...document.querySelectorAll("[id]")].map(node => node.id);
          if (new Set(ids).size !== ids.length) wrong.push("an id is there twice");
          return wrong;
        })()
        """#
}
