using System.Buffers.Binary;
using System.Diagnostics;
using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>Whether all is as it should be when nothing is written: asked again and again until it is, or the round's time is over.</summary>
internal sealed class RoundCheck(TrialCluster cluster, Workload work, TrialNode free)
{
    /// <summary>A replica that loads again after a kill keeps a read waiting for some seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>Null if all is well; else the first thing that is not, as of now.</returns>
    public string? Look(long since)
    {
        if (work.Dying is > 0 and var dying) return $"{dying} deletes are not acknowledged by all replicas";
        foreach (var node in cluster.Nodes)
        {
            if (node.WhyNotRunning() is { } ended) throw new TrialViolation(ended);
            if (!cluster.Master.Reports.HasReported(node.Address, since)) return $"{node.Name} does not report"; // one that starts would end with 130 when the trial stops it
        }

        using var line = new PacketLine(Patience);
        foreach (var (book, ledger) in work.Ledgers)
        {
            if (free.DirectoryOf(book.Id) is { } left) return $"{left} was not deleted";
            if (Reports(book, since) is { } report) return $"partition {book.Id}: {report}";
            if (Applied(book, line) is { } applied) return $"partition {book.Id}: {applied}";
            if (ledger.Use(known => new ReplicaComparison(book, known).Look()) is { } difference) return $"partition {book.Id}: {difference}";
        }

        return null;
    }

    /// <summary>As a client sees it: every extent that lives, from one replica each, and of those that were deleted a few, which must not be there.</summary>
    /// <returns>Null, or what was read instead.</returns>
    public string? Read(Random random)
    {
        using var line = new PacketLine(Patience);
        foreach (var (book, ledger) in work.Ledgers)
        {
            var pieces = ledger.Use(known => known.Normal.Values.Select(piece => (piece.Extent, piece.Generation, piece.Acknowledged, piece.Life)).ToList());
            var reads = new ReplicaReads(book.Id, line, work.Tally);
            foreach (var (extent, generation, bytes, life) in pieces)
            {
                var host = book.Hosts[random.Next(book.Hosts.Count)];
                if (life == Life.Live && reads.Differs(host.Address, extent, Pattern.KeyOf(book.Id, extent, generation), bytes) is { } why) return $"partition {book.Id}: extent {extent} on {host.Name}: {why}";
                if (life == Life.Dead && random.Next(16) == 0 && reads.Answers(host.Address, extent)) return $"partition {book.Id}: extent {extent} was deleted and {host.Name} reads from it";
            }
        }

        return null;
    }

    private string? Reports(PartitionBook book, long since)
    {
        var leaders = 0;
        var peers = book.Peers.Select(peer => (peer.Id, peer.Address)).ToHashSet();
        foreach (var host in book.Hosts)
        {
            if (cluster.Master.Reports.Of(host.Address, book.Id, since) is not { } report) return $"{host.Name} does not report it";
            if (report.PartitionStatus <= 0) return $"{host.Name} reports status {report.PartitionStatus}";
            if (report.IsRepairing) return $"{host.Name} reports it as being repaired";
            if (report.DecommissionRepairProgress != 1) return $"{host.Name} reports a progress of {report.DecommissionRepairProgress}";
            if (!peers.SetEquals(report.LocalPeers.Select(peer => (peer.Id, peer.Address))))
                return $"{host.Name} has the peers {string.Join(", ", report.LocalPeers.Select(peer => peer.Address))}, and the master {string.Join(", ", book.Addresses)}";
            if (report.IsLeader) leaders++;
        }

        return leaders == 1 ? null : $"{leaders} replicas report that they lead";
    }

    private static string? Applied(PartitionBook book, PacketLine line)
    {
        var applied = new List<ulong>();
        foreach (var host in book.Hosts)
        {
            try
            {
                var answer = line.Ask(host.Address, new PacketHeader { ExtentType = ExtentTypes.Tiny, Opcode = Opcode.GetAppliedId, Partition = book.Id }, [], []);
                if (!answer.IsOk || answer.Data.Length < sizeof(ulong)) return $"{host.Name} does not say how far it has applied: {answer}";
                applied.Add(BinaryPrimitives.ReadUInt64BigEndian(answer.Data));
            }
            catch (NodeFault fault)
            {
                return $"{host.Name}: {fault.Message}";
            }
        }

        return applied.Distinct().Count() == 1 ? null : $"applied up to {string.Join(", ", applied)}";
    }

    /// <summary>Until it is well.</summary>
    /// <returns>What was not, when it was looked at last before; empty if all was well at once.</returns>
    /// <exception cref="TrialViolation">The time is over.</exception>
    public string Await(MoveContext context, Random random)
    {
        var (since, last) = (Stopwatch.GetTimestamp(), "");
        context.Until("the replicas come level when nothing is written", () =>
        {
            if (work.Failure is { } failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            var why = Look(since) ?? Read(random);
            last = why ?? last;
            return why;
        });
        return last;
    }
}
