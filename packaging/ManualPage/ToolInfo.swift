/// What a program tells of its command line (`--experimental-dump-help`): the source of its `--help`.
///
/// The parser's own type for this is not a product of its package. Only what a page shows is read.
struct ToolInfo: Decodable {
    let command: Command

    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
        let subcommands: [Command]?
        let arguments: [Argument]?

        /// What the page lists: `help` explains itself.
        var shownSubcommands: [Command] { (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" } }
        var shownArguments: [Argument] { (arguments ?? []).filter { $0.shouldDisplay != false } }
        /// Without what every program and subcommand has.
        var ownArguments: [Argument] { shownArguments.filter { !["help", "version"].contains($0.preferredName?.name ?? "") } }
    }

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        struct Name: Decodable {
            enum Kind: String, Decodable { case long, short, longWithSingleDash }

            let kind: Kind
            let name: String
        }

        let kind: Kind
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let preferredName: Name?
        let valueName: String?
        let defaultValue: String?
        let allValueStrings: [String]?
        let allValues: [String]?
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
    }
}
