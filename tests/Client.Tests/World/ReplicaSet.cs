using CubeActors.Protocol;

namespace CubeActors.Client.Tests;

/// <summary>The model of a data partition: what each of its replicas holds, byte for byte.</summary>
internal sealed class ReplicaSet(PartitionId id, string[] hosts)
{
    private const int TinySlotBytes = 4096;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, ulong Extent), List<byte>> _extents = [];
    private ulong _lastExtent = ExtentId.NormalBase;

    public PartitionId Id => id;
    public string[] Hosts => hosts;
    public bool HasTiny { get; set; } = true;
    public sbyte Status { get; set; } = 2;

    /// <summary>Who leads the raft group; null while there is an election. Not the chain leader, so that the two cannot be mixed up.</summary>
    public string? RaftLeader { get; set; } = hosts[^1];

    /// <summary>Whom the master names; "" while it has heard of none.</summary>
    public string ToldLeader { get; set; } = "";

    /// <summary>What the replicas answer to 0x10; 0 for those that are not named.</summary>
    public Dictionary<string, ulong> Applied { get; } = [];

    public ExtentId Create()
    {
        lock (_lock)
        {
            var extent = ++_lastExtent;
            foreach (var host in hosts) _extents[(host, extent)] = [];
            return new ExtentId(extent);
        }
    }

    /// <returns>False if the offset is not the extent's end, as a data node says with 0xF4.</returns>
    public bool TryAppend(ExtentId extent, long offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (!_extents.TryGetValue((hosts[0], extent.Value), out var bytes) || bytes.Count != offset) return false;
            foreach (var host in hosts) _extents[(host, extent.Value)].AddRange(data);
            return true;
        }
    }

    public long AppendTiny(ReadOnlySpan<byte> data, out ExtentId extent)
    {
        lock (_lock)
        {
            extent = new ExtentId(7);
            long offset = 0;
            foreach (var host in hosts)
            {
                if (!_extents.TryGetValue((host, 7), out var bytes)) _extents[(host, 7)] = bytes = [];
                while (bytes.Count % TinySlotBytes != 0) bytes.Add(0);
                offset = bytes.Count;
                bytes.AddRange(data);
            }

            return offset;
        }
    }

    /// <summary>Overwrites on all replicas. As data nodes do it, an extent that is missing is passed over.</summary>
    public void Overwrite(ExtentId extent, long offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
            foreach (var host in hosts)
            {
                if (!_extents.TryGetValue((host, extent.Value), out var bytes)) continue;
                for (var i = 0; i < data.Length; i++) bytes[(int)offset + i] = data[i];
            }
    }

    public bool TryRead(string host, ExtentId extent, long offset, int bytes, out byte[] data)
    {
        lock (_lock)
        {
            data = [];
            if (!_extents.TryGetValue((host, extent.Value), out var all)) return false;
            data = [.. all.Skip((int)offset).Take(bytes)];
            return true;
        }
    }

    public void Delete(ExtentId extent)
    {
        lock (_lock)
            foreach (var host in hosts) _extents.Remove((host, extent.Value));
    }

    public void DeleteOn(string host, ExtentId extent)
    {
        lock (_lock) _extents.Remove((host, extent.Value));
    }

    public int ExtentCount { get { lock (_lock) return _extents.Keys.Select(key => key.Extent).Distinct().Count(); } }
}
