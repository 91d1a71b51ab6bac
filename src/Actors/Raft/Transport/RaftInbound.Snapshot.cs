using System.Buffers.Binary;
using CubeActors.Protocol;

namespace CubeActors.Actors;

// Snapshot streams: chunks up to a terminator, then one byte back.
internal sealed partial class RaftInbound
{
    private static readonly byte[] AcceptedByte = [SnapshotSends.Accepted];

    private sealed record ArrivedSnapshot(RaftMessage Message, LogPosition At, NodeId[] Members);

    /// <returns>False if the connection has to end; that is also how a snapshot is refused.</returns>
    private async Task<bool> TakeSnapshotAsync(ArrivedSnapshot snapshot)
    {
        if (!await SkipChunksAsync().ConfigureAwait(false)) return false;
        Volatile.Write(ref _messages, _messages + 1);
        Volatile.Write(ref _deadline, _services.Deadline(_services.Settings.SnapshotAnswer));
        var installed = await _inbox.InstallSnapshotAsync(snapshot.Message, snapshot.At, snapshot.Members).WaitAsync(_closing.Token).ConfigureAwait(false);
        if (!installed) return false;
        Volatile.Write(ref _deadline, _services.Deadline(_services.Settings.SnapshotWrite));
        await _transport.SendAsync(AcceptedByte).ConfigureAwait(false);
        Volatile.Write(ref _deadline, 0);
        return true;
    }

    /// <summary>Reads chunks up to the terminator. Data partitions have none; a few are read and ignored, as a Go node does.</summary>
    private async Task<bool> SkipChunksAsync()
    {
        long total = 0;
        while (true)
        {
            while (_end - _start < sizeof(uint))
                if (!await ReceiveAnewAsync().ConfigureAwait(false)) return false;
            long rest = BinaryPrimitives.ReadUInt32BigEndian(_buffer!.Array.AsSpan(_start));
            _start += sizeof(uint);
            if (rest == 0) return true;
            total += rest;
            if (total > _services.Settings.SnapshotBytesMax)
            {
                Refuse("a raft snapshot with more content than a data partition has");
                return false;
            }

            while (rest > 0)
            {
                var here = (int)Math.Min(rest, _end - _start);
                _start += here;
                rest -= here;
                if (rest > 0 && !await ReceiveAnewAsync().ConfigureAwait(false)) return false;
            }
        }
    }

    private ValueTask<bool> ReceiveAnewAsync()
    {
        Volatile.Write(ref _deadline, 0);
        return ReceiveAsync(_services.Settings.SnapshotRead);
    }
}
