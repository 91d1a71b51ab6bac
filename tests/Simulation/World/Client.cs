using CubeActors.Actors;
using CubeActors.Protocol;

namespace CubeActors.Simulation;

// Clients: several that write and read blocks, one thing at a time each, and remember what they saw.
internal sealed partial class RaftWorld
{
    private readonly List<Operation> _history = [];
    private readonly List<PendingRead> _reads = [];
    private ulong _value;
    private long _event;

    private sealed class Client
    {
        public bool IsBusy { get; set; }
        public int IdleUntil { get; set; }
    }

    private sealed class PendingRead
    {
        public required ReplicaProcess Process { get; init; }
        public required Client Client { get; init; }
        public required int Block { get; init; }
        public required long Start { get; init; }
        public int At { get; set; }
        public ulong? Value { get; set; }
    }

    private readonly Client[] _clients = [new(), new(), new(), new()];

    public IReadOnlyList<Operation> Operations => _history;
    public int Writes { get; private set; }
    public int Reads { get; private set; }

    private void RunClients()
    {
        foreach (var client in _clients)
        {
            if (client.IsBusy || client.IdleUntil > Now) continue;
            if (PickForClient() is not { } process) continue;
            client.IsBusy = true;
            if (_random.Next(3) == 0) StartRead(client, process, _random.Next(Blocks.Count));
            else StartWrites(client, process, _random.Next(1, 4));
        }
        ServeReads();
    }

    /// <summary>Mostly who leads; now and then any, which will refuse or has not noticed yet that it is deposed.</summary>
    private ReplicaProcess? PickForClient()
    {
        var running = Running;
        if (running.Count == 0) return null;
        if (_random.Next(8) == 0) return running[_random.Next(running.Count)];
        // Clients time out and go elsewhere: otherwise all of them would wait for a leader that stands still.
        var leaders = running.FindAll(process => process.Leads && process.Machine.PausedUntil <= Now);
        return leaders.Count == 0 ? null : leaders[_random.Next(leaders.Count)];
    }

    private void StartWrites(Client client, ReplicaProcess process, int count)
    {
        var left = count;
        var proposals = new Proposal[count];
        for (var i = 0; i < count; i++)
        {
            var (block, value, start) = (_random.Next(Blocks.Count), ++_value, ++_event);
            var isNothing = _random.Next(20) == 0;
            var command = isNothing ? Blocks.NothingCommand() : Blocks.Command(block, value, sync: _random.Next(8) == 0);
            proposals[i] = new Proposal(RaftEntryType.Normal, command, outcome =>
            {
                if (--left == 0) Free(client);
                if (isNothing || outcome == ProposalOutcome.Overloaded) return;
                var isDone = outcome == ProposalOutcome.Applied;
                if (isDone) Writes++;
                _history.Add(new Operation(block, IsWrite: true, value, start, isDone ? ++_event : Operation.Never));
            });
        }
        _inFlight.Add((process, proposals));
        process.Post(() =>
        {
            if (Plan.Mutation != Mutation.AnswersBeforeCommit || !process.Leads)
            {
                process.Propose(proposals);
                return;
            }
            process.Propose([.. proposals.Select(proposal => new Proposal(proposal.Type, proposal.Data, _ => { }))]);
            foreach (var proposal in proposals) proposal.ProposalEnded(ProposalOutcome.Applied);
        });
    }

    /// <summary>What a dead process had taken on: its clients never hear of it.</summary>
    private void AbandonClients(ReplicaProcess process)
    {
        foreach (var (owner, proposals) in _inFlight)
            if (owner == process) foreach (var proposal in proposals) Abandon(proposal);
        _inFlight.RemoveAll(entry => entry.Process == process);
        foreach (var read in _reads) if (read.Process == process) Free(read.Client);
        _reads.RemoveAll(read => read.Process == process);
    }

    private static void Abandon(Proposal proposal)
    {
        if (!proposal.HasEnded) proposal.ProposalEnded(ProposalOutcome.GroupEnded);
    }

    private readonly List<(ReplicaProcess Process, Proposal[] Proposals)> _inFlight = [];

    private void StartRead(Client client, ReplicaProcess process, int block)
    {
        var read = new PendingRead { Process = process, Client = client, Block = block, Start = ++_event, At = int.MaxValue };
        _reads.Add(read);
        process.Post(() => process.Read(granted =>
        {
            if (granted) read.At = Now + _random.Next(4);
            else End(read);
        }));
    }

    private void ServeReads()
    {
        for (var i = _reads.Count - 1; i >= 0; i--)
        {
            var read = _reads[i];
            if (read.At > Now || read.Process.Machine.PausedUntil > Now) continue;
            if (!read.Process.MayServeReads()) End(read);
            else if (read.Value is null)
            {
                read.Value = Blocks.Read(read.Process.Store, read.Block);
                read.At = Now + _random.Next(4);
            }
            else
            {
                Reads++;
                _history.Add(new Operation(read.Block, IsWrite: false, read.Value.Value, read.Start, ++_event));
                End(read);
            }
        }
    }

    private void End(PendingRead read)
    {
        _reads.Remove(read);
        Free(read.Client);
    }

    private void Free(Client client)
    {
        client.IsBusy = false;
        client.IdleUntil = Now + 1 + _random.Next(6);
    }
}
