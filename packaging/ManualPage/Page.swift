/// What a page says of a command line.
struct Page {
    let command: ToolInfo.Command

    /// The lines for a line `@NAME@` of a page's hand-written part; `nil` if there is no such name.
    func section(_ name: Substring) -> [String]? {
        switch name {
        case "SYNOPSIS": synopsis
        case "DESCRIPTION": Mdoc.paragraphs(command.discussion ?? "")
        case "OPTIONS": Self.list(command.shownArguments)
        case "COMMANDS": command.shownSubcommands.flatMap { Self.commands($0, under: []) }
        default: nil
        }
    }

    private var synopsis: [String] {
        guard !command.shownSubcommands.isEmpty else { return [".Nm"] + Self.usage(command.ownArguments) }
        return [".Nm", ".Ar command", ".Op Ar argument ..."]
    }

    /// A subcommand, and those below it.
    private static func commands(_ command: ToolInfo.Command, under parents: [String]) -> [String] {
        let words = parents + [command.commandName]
        let below = command.shownSubcommands
        var lines = [".Ss \(words.joined(separator: " "))"]
        if below.isEmpty {
            lines += [".Nm Cm \(words.joined(separator: " "))"] + usage(command.ownArguments) + [".Pp"]
        }
        lines += Mdoc.paragraphs(command.abstract ?? "")
        if let discussion = command.discussion, !discussion.isEmpty { lines += [".Pp"] + Mdoc.paragraphs(discussion) }
        lines += list(command.ownArguments)
        return lines + below.flatMap { commands($0, under: words) }
    }

    /// One macro line an argument.
    private static func usage(_ arguments: [ToolInfo.Argument]) -> [String] {
        arguments.map { argument in
            let dots = argument.isRepeating ? " ..." : ""
            let words = (argument.kind == .positional ? "Ar " + value(argument) : spelling(argument, argument.preferredName)) + dots
            return argument.isOptional ? ".Op " + words : "." + words
        }
    }

    /// Every argument with its meaning.
    private static func list(_ arguments: [ToolInfo.Argument]) -> [String] {
        guard !arguments.isEmpty else { return [] }
        return [".Bl -tag -width Ds"] + arguments.flatMap(item) + [".El"]
    }

    private static func item(_ argument: ToolInfo.Argument) -> [String] {
        let names = argument.kind == .positional ? ["Ar " + value(argument)] : (argument.names ?? []).map { spelling(argument, $0) }
        var lines = [".It " + names.joined(separator: " , ")]
        lines += Mdoc.paragraphs(argument.abstract ?? "")
        if let values = argument.allValueStrings ?? argument.allValues, !values.isEmpty {
            lines.append(Mdoc.line("Values: \(values.joined(separator: ", "))."))
        }
        if let value = argument.defaultValue, argument.kind != .flag { lines.append(Mdoc.line("Default: \(value).")) }
        if let discussion = argument.discussion, !discussion.isEmpty { lines += [".Pp"] + Mdoc.paragraphs(discussion) }
        return lines
    }

    /// `Fl -name Ar value`.
    private static func spelling(_ argument: ToolInfo.Argument, _ name: ToolInfo.Argument.Name?) -> String {
        guard let name else { return "Ar " + value(argument) }
        let flag = "Fl " + (name.kind == .long ? "-" : "") + name.name
        return argument.kind == .option ? flag + " Ar " + value(argument) : flag
    }

    private static func value(_ argument: ToolInfo.Argument) -> String { Mdoc.argument(argument.valueName ?? "value") }
}
