import Publishing
import Releases
import StrictJSON
import TUF

/// What a workspace publishes, as text and for programs.
struct WorkspaceStatusText {
  let status: WorkspaceStatus

  var json: JSON.Object {
    [
      "subject": "workspace",
      "name": .string(status.name), "path": .string(status.path),
      "roles": .array(
        status.roles.map {
          [
            "role": .string($0.role.text), "version": .integer($0.version), "expires": .string($0.expires.text),
            "due": .bool($0.isDue),
          ]
        }),
      "plugins": .array(
        status.plugins.map { entry in
          [
            "plugin": .string(entry.plugin.text),
            "channels": .array(
              entry.offers.map { offer in
                [
                  "channel": .string(offer.channel.text), "version": .string(offer.version.text),
                  "sequence": .integer(offer.sequence), "published": .string(offer.published.text),
                  "paused": .bool(offer.paused), "yanked": .array(offer.yanked.map { .string($0.version.text) }),
                ]
              }),
          ]
        }),
    ]
  }

  var text: [TextLine] {
    let offers = status.plugins.flatMap { entry in
      entry.offers.map { offer in
        [
          entry.plugin.text, offer.channel.text, offer.version.text, String(offer.sequence), offer.published.text,
          offer.yanked.isEmpty ? "-" : offer.yanked.map(\.version.text).joined(separator: " "),
        ]
      }
    }
    let roles = status.roles.map { role in
      [role.role.text, String(role.version), role.expires.text, role.isDue ? "more than half over" : ""]
    }
    let plugins: TextLine =
      offers.isEmpty
      ? .hint("nothing is published yet: `serin publish PATH --to canary`")
      : .table(
        Table(
          columns: [
            .left("plugin"), .left("channel"), .left("version"), .right("sequence"), .left("published"),
            .left("yanked"),
          ], rows: offers))
    return [
      .heading("workspace \(status.name) (\(status.path))"), plugins,
      .table(
        Table(columns: [.left("role"), .right("version"), .left("expires"), .left("")], rows: roles)),
    ]
  }
}
