/// The name that a misspelt one was probably meant to be: the nearest by single letters (Levenshtein), neighbours swapped counted as one;
/// `nil` when none is near.
func nearestName(to text: String, of names: some Sequence<String>) -> String? {
    let text = Array(text.lowercased().unicodeScalars)
    // Beyond this nothing is meant, and the work is bounded.
    guard text.count <= 64 else { return nil }
    let best = names.map { (name: $0, distance: distance(text, Array($0.lowercased().unicodeScalars))) }.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(1, max(text.count, best.name.count) / 3) else { return nil }
    return best.name
}

private func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var best = min(last[j] + (left[i] == right[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { best = min(best, beforeLast[j - 1] + 1) }
            row.append(best)
        }
        (beforeLast, last) = (last, row)
    }
    return last[right.count]
}
