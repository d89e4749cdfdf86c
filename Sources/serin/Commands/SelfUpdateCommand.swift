import ArgumentParser
import Platform
import Releases
import Signing
import Storage
import SystemPackage
import Updating

/// The command `serin self-update`.
struct SelfUpdateCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "self-update",
    abstract: "Replace this program by a newer release of itself, or go back.",
    discussion: HelpText.make(
      """
      The program is offered as io.github.serin/serin by a repository that this host trusts, and comes with the same \
      signatures, digests, floors and dates as a plugin. Which repository may replace it must be said once, with \
      --repository: one that may bring plugins may not bring the program unasked. --adopt puts it into its own care: \
      it shows the release, asks for the last six characters of its digest, and makes a link in ~/.local/bin that \
      never changes again.

      A release is taken when it is a day old, or what the setting minimum-age says (--min-age; security releases at \
      once). Before the switch it is run on this machine and tests itself: its libraries, a copy of the ledger, the \
      trusted metadata, every installed plugin's signature. After it, it is started once more in its place; where it \
      does not start, the one before comes back by itself (40). Three releases are kept. Beside the link `current` \
      lies serin-rescue, a script of the shell's that goes back when nothing else works; --rescue-path says where.
      """,
      codes: [
        .nothingToDo, .updateAvailable, .badSignature, .thresholdNotMet, .expired, .rollbackAttack, .digestMismatch,
        .canaryFailed, .needsApproval, .rolledBack, .locked, .network, .noSpace,
      ],
      examples: [
        "serin self-update --adopt --repository https://plugins.example.com", "serin self-update --check --exit-code",
        "serin self-update --rollback",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var host: HostOptions
  @OptionGroup var confirmation: ConfirmationOptions

  @Option(help: "The trusted repository that may replace this program.", completion: .repository)
  var repository: String?

  @Option(help: "The channel to follow (default: stable).", completion: .channel)
  var channel: String?

  @Option(
    help: ArgumentHelp("How old a release must be (default: the setting minimum-age, else 24h).", valueName: "time"))
  var minAge: String?

  @Flag(help: "Only ask what is offered.")
  var check = false

  @Flag(help: "Put this program into its own care.")
  var adopt = false

  @Option(
    help: ArgumentHelp("With --adopt: where the link to the program is.", valueName: "path"), completion: .file())
  var link: String?

  @Flag(help: "Go back to the release before, and stay there.")
  var rollback = false

  @Option(help: "With --rollback: the version to go back to.")
  var to: String?

  @Flag(help: "Take the last rollback back, and lift its hold.")
  var undo = false

  @Option(help: "With --rollback or --undo: why, for the history.")
  var reason = ""

  @Flag(help: "Try whether this program works on this machine, and change nothing.")
  var selfTest = false

  @Flag(help: "Say where the script lies that goes back without this program.")
  var rescuePath = false

  @Flag(help: "With --adopt: fetch and verify, show what would happen, and stop there.")
  var dryRun = false

  @Flag(help: "End with code 10 when an update is available, and 2 when there is nothing to do.")
  var exitCode = false

  mutating func validate() throws {
    let chosen = [check, adopt, rollback, undo, selfTest, rescuePath].count { $0 }
    guard chosen <= 1 else {
      throw ValidationError("--check, --adopt, --rollback, --undo, --self-test and --rescue-path exclude each other.")
    }
    if (link != nil || dryRun || confirmation.yes) && !adopt {
      throw ValidationError("--link, --dry-run and --yes belong to --adopt.")
    }
    if to != nil && !rollback { throw ValidationError("--to belongs to --rollback.") }
  }

  func perform(_ session: Session) async throws -> SelfUpdateOutput {
    var environment = session.environment
    if let folder = host.hostFolder { environment["SERIN_HOME"] = try FilePath(folder).absolute(session).string }
    let folders = Folders(environment: environment)
    if selfTest {
      // Opening a host makes its folder, and a test makes nothing.
      let test = SelfTest(folders, environment: environment, machine: session.machine)
      return SelfUpdateOutput(what: .tested(await test.run()))
    }
    let own = try OwnRelease.open(
      folders, environment: environment, machine: session.machine,
      warn: { [console = session.console] in console.warning($0) })
    if rescuePath {
      try own.writeRescue()
      return SelfUpdateOutput(what: .rescue(own.rescue))
    }
    if !check { try await own.settle() }
    if rollback || undo { return try await goBack(own, session) }
    let found = try await own.check(
      repository: repository, channel: channel.map { try ChannelName($0) }, age: minAge.map { try DurationText($0) })
    if found.age < OwnRelease.minimumAge, !check {
      session.console.warning("a release may be \(found.age) old; \(OwnRelease.minimumAge) are usual")
    }
    if check { return SelfUpdateOutput(what: .checked(found), usesExitCode: exitCode) }
    return try await adopt ? adoption(of: found, by: own, session) : update(found, own, session)
  }

  private func goBack(_ own: OwnRelease, _ session: Session) async throws -> SelfUpdateOutput {
    let warn: (String) -> Void = { session.console.warning($0) }
    let result =
      try await undo
      ? own.undoRollback(reason: reason, warn: warn)
      : own.rollBack(to: to.map { try ReleaseVersion($0) }, reason: reason, warn: warn)
    return SelfUpdateOutput(what: .wentBack(result))
  }

  private func update(
    _ found: OwnRelease.Check, _ own: OwnRelease, _ session: Session
  ) async throws -> SelfUpdateOutput {
    guard found.current != nil else { throw OwnReleaseError.notAdopted }
    guard found.isReady, let offer = found.update.offer else {
      return SelfUpdateOutput(what: .checked(found), usesExitCode: exitCode)
    }
    let release = try await fetch(offer, own, session)
    let age =
      offer.manifest.security ? "it mends a security fault" : "it has been out since \(offer.manifest.published)"
    let result = try await Interruption.canEnd { try await own.take(release, because: age) }
    return SelfUpdateOutput(what: .switched(result, link: nil))
  }

  private func adoption(
    of found: OwnRelease.Check, by own: OwnRelease, _ session: Session
  ) async throws -> SelfUpdateOutput {
    if let current = found.current { throw OwnReleaseError.adopted(version: current.text) }
    guard found.update.decision == .available, let offer = found.update.offer else {
      return SelfUpdateOutput(what: .checked(found), usesExitCode: exitCode)
    }
    let home = FilePath(session.environment["HOME"] ?? UserAccount.current.home.string)
    let path = try link.map { try FilePath($0).absolute(session) } ?? ProgramLink.usual(home: home)
    let link = ProgramLink(path, files: session.machine.files)
    let present = try link.present(own)
    let release = try await fetch(offer, own, session)
    if dryRun { return SelfUpdateOutput(what: .wouldAdopt(release, link: path, present: present)) }
    session.console.message("\(path) will point to \(own.program)")
    if case .other(let aside) = present { session.console.message("what is there now will lie at \(aside)") }
    try Confirmation(
      what: "adoption of \(offer.manifest.plugin) \(offer.manifest.version)", digest: offer.bundle.sha256
    ).require(confirmation, session)
    let who = session.who
    let result = try await Interruption.canEnd {
      try await own.take(
        release, because: "adopted by \(who), who confirmed digest …\(offer.bundle.sha256.lastSix)")
    }
    try link.make(to: own)
    return SelfUpdateOutput(what: .switched(result, link: path))
  }

  private func fetch(
    _ offer: ReleaseOffer, _ own: OwnRelease, _ session: Session
  ) async throws -> PreparedRelease {
    try await own.prepare(
      offer, choosing: { session.console.message($0.sentence) },
      progress: session.downloadProgress("\(offer.manifest.plugin) \(offer.manifest.version)"))
  }
}
