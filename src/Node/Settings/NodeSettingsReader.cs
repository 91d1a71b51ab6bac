using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CubeActors.Actors;
using Serilog.Events;

namespace CubeActors.Node;

/// <summary>Reads one data node's settings from its datanode.json and the tunables. Touches no disk and no socket.</summary>
/// <remarks>
/// An unknown key is one warning, because the same file serves a CubeFS node. A bad value of a key that the node needs, or that would
/// make it serve other data than a CubeFS node would, ends the start; any other bad value is a warning and means the default.
/// </remarks>
internal sealed partial class NodeSettingsReader
{
    /// <summary>A CubeFS master refuses other data ports. Source: CubeFS master/gapi, checkIpPort.</summary>
    private const int ListenPortMin = 1024;

    private const string PortForm = "a port as a string, as in \"17310\"";

    private readonly DataNodeFile _file;
    private readonly Lazy<Tunables> _tunables; // the ports are read without them: parsing them takes longer than all else together
    private readonly Func<string> _mounts;
    private readonly List<SettingsNote> _notes = [];

    private NodeSettingsReader(DataNodeFile file, Func<Tunables> tunables, Func<string> mounts) => (_file, _tunables, _mounts) = (file, new Lazy<Tunables>(tunables), mounts);

    private Tunables Tunables => _tunables.Value;

    /// <exception cref="SettingsException">There is no start with this configuration.</exception>
    public static NodeSettings Read(string configPath, string? overlayPath) =>
        Read(DataNodeFile.Load(configPath), overlayPath is null ? null : HoconFile.LoadOverlay(overlayPath));

    /// <exception cref="SettingsException">There is no start with this configuration.</exception>
    /// <param name="mounts">The kernel's table of mounts, asked for with diskPath only; null: that of this machine.</param>
    public static NodeSettings Read(DataNodeFile file, HoconFile? overlay, Func<string>? mounts = null) =>
        new NodeSettingsReader(file, () => new Tunables(overlay), mounts ?? (static () => File.ReadAllText(MountTable.File))).Read();

    /// <summary>The ports alone, as <see cref="PortPlan.Of(NodeSettings)"/> has them after a whole read.</summary>
    /// <exception cref="SettingsException">There is no start with these ports.</exception>
    public static IReadOnlyList<PlannedPort> ReadPorts(DataNodeFile file)
    {
        var reader = new NodeSettingsReader(file, static () => throw new InvalidOperationException("a port does not depend on tunables"), static () => "");
        var identity = reader.ReadIdentity(out var prof);
        return PortPlan.Of(identity, prof is { } port ? new IPEndPoint(identity.BindAddress, port) : null, ExporterEndPoint(ObservationKeys.ReadExporterPort(file)));
    }

    /// <summary>On all interfaces, whatever bindIp says, as in CubeFS.</summary>
    private static IPEndPoint? ExporterEndPoint(int? port) => port is { } number ? new IPEndPoint(IPAddress.Any, number) : null;

    private NodeSettings Read()
    {
        NoteKeys();
        if (RequiredText("role", "\"datanode\"") is var role && role != "datanode") throw Bad("role", $"\"{role}\"", "\"datanode\"");
        var identity = ReadIdentity(out var prof);
        var http = prof is { } port ? TunableReader.Guarded(Tunables, TunableReader.Http(Tunables, new IPEndPoint(identity.BindAddress, port), identity.ZoneName)) : null;
        RequireOwnPort(http?.Tls, identity, prof);
        var storage = ReadStorage();
        var raftDirectory = RequiredText("raftDir", "a directory");
        var observation = ObservationKeys.Read(_file, Warn) with { LogOutput = TunableReader.Log(Tunables) };
        var settings = new DataNodeSettings(
            identity, ReadDisks(storage.ReserveFloorBytes), ReadMasters(), ReadDataPath(), storage, ReadMasterLink(),
            TunableReader.RaftTransport(Tunables), ReadRaftGroups(), TunableReader.RaftLog(Tunables))
        {
            DiskQos = ReadDiskQos(),
            SourceCheck = TunableReader.SourceCheck(Tunables),
            RaftAlarms = ReadRaftAlarms(),
            Drain = TunableReader.Drain(Tunables),
            RaftDirectory = raftDirectory,
            Measurement = observation.Measurement,
            Repair = TunableReader.Repair(Tunables),
            Ledger = TunableReader.Ledger(Tunables),
            Integrity = TunableReader.Integrity(Tunables),
            Budgets = TunableReader.Budgets(Tunables),
        };
        return new NodeSettings(_file.Path, settings, http, raftDirectory, TunableReader.Process(Tunables), ReadLogLevel(), Tunables.All, _notes)
        {
            Observation = observation,
            Telemetry = TunableReader.Telemetry(Tunables),
            ListInForce = new Lazy<IReadOnlyList<SettingInForce>>(() => EffectiveSettings.Of(_file, Tunables)),
            ExporterHttp = ExporterEndPoint(observation.Exporter?.Port) is { } exporter ? TunableReader.Http(Tunables, exporter, identity.ZoneName) : null,
        };
    }

    /// <param name="prof">Null without an HTTP port.</param>
    private NodeIdentity ReadIdentity(out int? prof)
    {
        var local = ReadLocalAddress();
        var bind = OptionalFlag("bindIp");
        var data = RequiredPort("listen", ListenPortMin);
        var shift = OptionalInteger("smuxPortShift", 500, 1, IPEndPoint.MaxPort); // Source: CubeFS util/smux_pool.go DefaultSmuxPortShift
        if (data + shift > IPEndPoint.MaxPort)
        {
            throw Bad(
                "smuxPortShift", $"{shift}, so that the smux port would be {data + shift}",
                $"a shift that keeps listen + smuxPortShift below {IPEndPoint.MaxPort + 1}");
        }

        var identity = new NodeIdentity(
            local, bind, data, (int)(data + shift),
            RaftHeartbeatPort: RequiredPort("raftHeartbeat", 1).ToString(CultureInfo.InvariantCulture),
            RaftReplicaPort: RequiredPort("raftReplica", 1).ToString(CultureInfo.InvariantCulture),
            ZoneName: OptionalText("zoneName", "default"),
            MediaType: ReadMediaType(),
            ServiceIdKey: OptionalText("serviceIDKey", ""));
        prof = ReadProf();
        RequireDistinct(
            [("listen", identity.DataPort), ("listen + smuxPortShift", identity.SmuxPort), ("prof", prof ?? 0),
             ("raftHeartbeat", int.Parse(identity.RaftHeartbeatPort, CultureInfo.InvariantCulture)),
             ("raftReplica", int.Parse(identity.RaftReplicaPort, CultureInfo.InvariantCulture))]);
        return identity;
    }

    private void RequireDistinct(IReadOnlyList<(string Key, int Port)> ports)
    {
        var first = new Dictionary<int, string>();
        foreach (var (key, port) in ports)
        {
            if (port != 0 && !first.TryAdd(port, key)) throw Bad(key, $"port {port}, which is also that of {first[port]}", "a port of its own for each");
        }
    }

    /// <remarks>The others are told apart as soon as they are read; this one is no key of the file.</remarks>
    private void RequireOwnPort(TlsSettings? tls, NodeIdentity identity, int? prof)
    {
        if (tls is not { EndPoint.Port: var port }) return;
        if (port == identity.DataPort || port == identity.SmuxPort || port == prof || $"{port}" == identity.RaftHeartbeatPort || $"{port}" == identity.RaftReplicaPort)
            throw new SettingsException($"cubeactors.http.tls.port: port {port} is another one of {_file.Path} already; it needs one of its own, for which 17321 is a good choice");
        if (tls.Certificate.Problem is { } problem) _notes.Add(new SettingsNote(LogEventLevel.Error, problem));
    }

    private IPAddress? ReadLocalAddress()
    {
        var text = OptionalText("localIP", "");
        if (text.Length == 0) return null;
        // Four parts are asked for because .NET also takes "10" and "10.1" for addresses.
        return text.Split('.').Length == 4 && IPAddress.TryParse(text, out var address)
            && address.AddressFamily == AddressFamily.InterNetwork && !address.Equals(IPAddress.Any)
            ? address
            : throw Bad("localIP", $"\"{text}\"", "an IPv4 address of this machine, or nothing: then the master tells it");
    }

    private uint ReadMediaType()
    {
        const string form = "1 for SSD or 2 for HDD";
        return _file.Integer("mediaType", out var type) switch
        {
            Found.Absent => throw SettingsException.Missing("mediaType", _file.Path, form),
            Found.Good when type is 1 or 2 => (uint)type,
            _ => throw Bad("mediaType", _file.Describe("mediaType"), form),
        };
    }

    private int? ReadProf()
    {
        switch (_file.Text("prof", out var text))
        {
            case Found.Absent:
                return null;
            case Found.Bad:
                Warn($"prof is {_file.Describe("prof")}, which counts as missing: no HTTP port; accepted: {PortForm}");
                return null;
            default:
                return text.Length == 0 ? null : ParsePort("prof", text, 1);
        }
    }

    private IReadOnlyList<string> ReadMasters()
    {
        const string form = $"a list of {MasterAddresses.Form}";
        return _file.TextList("masterAddr", out var addresses) switch
        {
            Found.Absent => throw SettingsException.Missing("masterAddr", _file.Path, form),
            Found.Bad => throw Bad("masterAddr", _file.Describe("masterAddr"), form),
            _ => MasterAddresses.TryParse(addresses, out var wrong) ?? throw Bad("masterAddr", wrong, form),
        };
    }

    private LogEventLevel ReadLogLevel()
    {
        const string accepted = "debug, info, warn, error or critical";
        var found = _file.Text("logLevel", out var text);
        switch (text.ToLowerInvariant())
        {
            case "debug": return LogEventLevel.Debug;
            case "info": return LogEventLevel.Information;
            case "warn": return LogEventLevel.Warning;
            case "error": return LogEventLevel.Error;
            case "critical": return LogEventLevel.Fatal;
        }

        if (found != Found.Absent) Warn($"logLevel is {_file.Describe("logLevel")}, taken as error; accepted: {accepted}");
        return LogEventLevel.Error; // Source: CubeFS cmd/cmd.go
    }

    private string RequiredText(string key, string accepted) => _file.Text(key, out var text) switch
    {
        Found.Absent => throw SettingsException.Missing(key, _file.Path, accepted),
        Found.Good when text.Length > 0 => text,
        _ => throw Bad(key, _file.Describe(key), $"{accepted}, as a string"),
    };

    private int RequiredPort(string key, int least) => _file.Text(key, out var text) switch
    {
        Found.Absent => throw SettingsException.Missing(key, _file.Path, PortForm),
        Found.Bad => throw Bad(key, _file.Describe(key), PortForm), // a number counts as missing for a CubeFS node
        _ => ParsePort(key, text, least),
    };

    /// <remarks>No leading zeros: constcfg and the name of the node hold the port as text, and "017310" would be another node than "17310".</remarks>
    private int ParsePort(string key, string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port >= least && port <= IPEndPoint.MaxPort && text[0] != '0'
            ? port
            : throw Bad(key, $"\"{text}\"", $"{PortForm}, from {least} to {IPEndPoint.MaxPort}");

    private string OptionalText(string key, string absent)
    {
        switch (_file.Text(key, out var text))
        {
            case Found.Good:
                return text.Length > 0 ? text : absent;
            case Found.Bad:
                throw Bad(key, _file.Describe(key), "a string"); // all of these name the node to others: a wrong guess would be believed
            default:
                return absent;
        }
    }

    /// <remarks>A null is a value to CubeFS, and false.</remarks>
    private bool OptionalFlag(string key, bool absent = false)
    {
        var found = _file.Flag(key, out var flag);
        if (found == Found.Absent && !_file.Has(key)) return absent;
        if (found != Found.Good) Warn($"{key} is {_file.Describe(key)}, taken as false; accepted: true or false");
        return flag;
    }

    /// <summary>0 means the default, as in CubeFS.</summary>
    private long OptionalInteger(string key, long absent, long least, long most)
    {
        switch (_file.Integer(key, out var value))
        {
            case Found.Absent:
                return absent;
            case Found.Good when value == 0:
                return absent;
            case Found.Good when value >= least && value <= most:
                return value;
            default:
                Warn($"{key} is {_file.Describe(key)}, taken as {absent}; accepted: a whole number from {least} to {most}");
                return absent;
        }
    }

    /// <summary>A number that only raises a floor: what is lower counts as the floor, without a word, as in CubeFS.</summary>
    private long RaisingInteger(string key, long floor, long most)
    {
        var value = OptionalInteger(key, floor, 1, most);
        return Math.Max(value, floor);
    }

    private void Warn(string text) => _notes.Add(new SettingsNote(LogEventLevel.Warning, $"{_file.Path}: {text}"));

    private SettingsException Bad(string key, string found, string accepted) => SettingsException.BadValue(key, _file.Path, found, accepted);
}
