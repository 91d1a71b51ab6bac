namespace CubeActors.Actors;

/// <summary>A snapshot skips overwrites that this replica has neither applied nor copied: which of its blocks are old, nobody can tell.</summary>
internal sealed class UnknownExtentsException(string directory, ulong held, ulong snapshot) : Exception(
    $"{directory}: a snapshot up to entry {snapshot} skips overwrites behind entry {held} that this replica never had. It stays out of its group. Let the master "
    + "rebuild it (delete this replica and add it again) while the other replicas are well");
