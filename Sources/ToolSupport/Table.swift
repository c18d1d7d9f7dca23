/// Columns of text.
public enum Table {
    /// Rows with columns as wide as their widest entry, two blanks apart.
    public static func lines(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (text, width) in zip(row, widths) { line += text + String(repeating: " ", count: width - text.count + 2) }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
