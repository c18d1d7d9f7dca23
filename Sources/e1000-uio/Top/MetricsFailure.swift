import CardBridge
import Glibc

/// Why a socket told nothing of a card.
struct MetricsFailure: Error, Equatable {
    let why: String
    let remedy: String
    /// A program that is started again, or has much to do: it may answer later.
    var mayPass = false
    /// Nobody listens there.
    var isAbsent = false

    static var silent: Self { .init(why: "no answer within 2 s", remedy: "is the program stopped, or its machine busy?", mayPass: true) }
    static var cut: Self { .init(why: "the answer breaks off", remedy: "is it a socket of e1000d's?", mayPass: true) }
    static func garbage(_ why: String) -> Self { .init(why: why, remedy: "give --metrics a socket of e1000d's") }
    static func system(_ number: Int32) -> Self { .init(why: String(cString: strerror(number)), remedy: "") }

    static func connecting(_ number: Int32) -> Self {
        switch number {
        case ENOENT, ECONNREFUSED:
            .init(
                why: "nobody listens there", remedy: "start e1000d, 'systemctl start e1000d@ADDRESS', or name another socket", mayPass: true,
                isAbsent: true)
        case EACCES, EPERM: .init(why: "permission denied", remedy: "run it with sudo, or let others enter the socket's folder")
        // Its queue is full.
        case EAGAIN: .init(why: "too many others ask there", remedy: "try again later", mayPass: true)
        default: .system(number)
        }
    }

    static func reading(_ error: CardReport.Wrong) -> Self {
        switch error {
        case .noCard: garbage("what it tells is not of a card")
        case .missing(let what, let version):
            .init(
                why: "the program there, of version \(version), does not tell \(what)",
                remedy: "after an update start it again: 'systemctl restart e1000d@ADDRESS'")
        case .impossible(let name): garbage("'\(name)' has a value that cannot be")
        }
    }

    /// The report in an answer.
    static func report(_ answer: [UInt8]) throws(Self) -> CardReport {
        let text: MetricsText
        do { text = try MetricsText(answer) } catch {
            // Half an answer, of a program that was killed meanwhile.
            throw answer.isEmpty || answer.starts(with: "# TYPE e1000_".utf8) && error.isCutOff ? cut : garbage("\(error)")
        }
        do { return try CardReport(text) } catch { throw reading(error) }
    }
}
