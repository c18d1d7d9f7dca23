/// Times of HTTP (RFC 9110, 5.6.7), in seconds since 1970, UTC.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(_ seconds: Int) -> String {
        // Years that four digits cannot say do not occur on a file system of this time.
        let seconds = min(max(seconds, 0), 253_402_300_799)
        let (day, time) = seconds.quotientAndRemainder(dividingBy: 86400)
        let date = civil(day)
        // Byte by byte: each answer has two of them, and what strings take to be put together was a twelfth of a whole request.
        var text: [UInt8] = []
        text.reserveCapacity(29)
        func add(_ words: String) { text.append(contentsOf: words.utf8) }
        func add(_ number: Int) { text += [UInt8(ascii: "0") + UInt8(number / 10), UInt8(ascii: "0") + UInt8(number % 10)] }
        add(days[day % 7])
        add(", ")
        add(date.day)
        add(" ")
        add(months[date.month - 1])
        add(" ")
        add(date.year / 100)
        add(date.year % 100)
        add(" ")
        add(time / 3600)
        add(":")
        add(time / 60 % 60)
        add(":")
        add(time % 60)
        add(" GMT")
        return String(decoding: text, as: UTF8.self)
    }

    /// Any of the three forms that a recipient must understand; `nil` for anything else.
    static func parse(_ text: String) -> Int? {
        let words = text.split(whereSeparator: { " ,-".contains($0) })
        if words.count == 5, let month = month(words[1]), let day = Int(words[2]), let time = time(words[3]), let year = Int(words[4]) {
            // Sun Nov  6 08:49:37 1994
            return seconds(year, month, day, time)
        }
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let month = month(words[2]), var year = Int(words[3]),
            let time = time(words[4])
        else { return nil }
        // Sunday, 06-Nov-94 08:49:37 GMT: a year that seems more than 50 years ahead is the past one; 1970 is as far back as files go.
        if words[3].count == 2 { year += year < 70 ? 2000 : 1900 }
        return seconds(year, month, day, time)
    }

    private static func month(_ word: Substring) -> Int? { months.firstIndex(of: String(word)).map { $0 + 1 } }

    private static func time(_ word: Substring) -> Int? {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard parts.count == 3, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]), (0...60).contains(parts[2]) else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + parts[2]
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: Int) -> Int? {
        guard (1...9999).contains(year), (1...31).contains(day) else { return nil }
        return number(year, month, day) * 86400 + time
    }

    /// Days since 1970 of a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
    }

    private static func civil(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719468
        let era = shifted / 146097
        let dayOfEra = shifted - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
