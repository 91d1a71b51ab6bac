using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using CubeActors.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CubeActors.ControlPlane;

/// <summary>A CubeFS master for data nodes and clients, in this process: HTTP, its actors and its state file.</summary>
/// <remarks>One host owns its data directory; several hosts may run in one process. Thread-safe.</remarks>
public sealed class MasterHost : IAsyncDisposable
{
    /// <summary>The state file, inside the data directory.</summary>
    public const string StateFileName = "master.db";

    /// <summary>For requests under way when the host stops; what is durable stays durable in any case.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Reading a large state back takes seconds; a disk that needs longer does not answer.</summary>
    private static readonly TimeSpan RecoveryTimeout = TimeSpan.FromSeconds(60);

    // The actors' own log goes where the host's owner sends it; by default warnings reach standard output.
    private const string Defaults =
        """
        akka {
          loglevel = INFO
          stdout-loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    private readonly WebApplication _web;
    private readonly ActorSystem _system;
    private readonly SqliteJournal _journal;
    private readonly TaskCompletionSource<Exception> _failed;
    private readonly Lazy<Task> _stopped;

    private MasterHost(WebApplication web, ActorSystem system, SqliteJournal journal, TaskCompletionSource<Exception> failed, IPEndPoint endPoint)
    {
        (_web, _system, _journal, _failed, EndPoint) = (web, system, journal, failed, endPoint);
        _stopped = new Lazy<Task>(() => StopOnceAsync(_web, _system, _journal));
    }

    /// <summary>Where HTTP is served, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Completes with the reason when the master can no longer work, e.g. because its disk failed. Stop it then.</summary>
    public Task<Exception> Failed => _failed.Task;

    /// <summary>Binds, recovers, serves: in this order, so that a port in use changes nothing.</summary>
    /// <returns>A host that answers requests.</returns>
    /// <exception cref="MasterStartException">One sentence with what is wrong and what to do.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static async Task<MasterHost> StartAsync(MasterOptions options, CancellationToken cancel = default)
    {
        options.Validate();
        IPEndPoint? bound = null;
        var http = new MasterHttp(options, () => $"{bound}");
        var web = BuildWeb(options, http);
        ActorSystem? system = null;
        SqliteJournal? journal = null;
        try
        {
            bound = await BindAsync(web, options, cancel).ConfigureAwait(false);
            journal = OpenState(options);
            var failed = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
            system = ActorSystem.Create("master", ConfigurationFactory.ParseString(options.Hocon).WithFallback(ConfigurationFactory.ParseString(Defaults)));
            var address = bound.ToString();
            var children = new ClusterChildren(
                (node, endPoint) => DataNodeLink.PropsFor(node, endPoint, address, options),
                cluster => GarbageCollector.PropsFor(cluster, options));
            var master = system.ActorOf(MasterSupervisor.PropsFor(journal, options, children, failed), "master");
            await RecoverAsync(master, failed.Task, cancel).ConfigureAwait(false);
            http.Serve(master);
            return new MasterHost(web, system, journal, failed, bound);
        }
        catch
        {
            await StopOnceAsync(web, system, journal).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finishes the requests under way, stops the actors and closes the state file. Repeated calls wait for the first.</summary>
    public Task StopAsync() => _stopped.Value;

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static WebApplication BuildWeb(MasterOptions options, MasterHttp http)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Listen, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = StopTimeout);
        var web = builder.Build();
        http.Map(web);
        return web;
    }

    private static async Task<IPEndPoint> BindAsync(WebApplication web, MasterOptions options, CancellationToken cancel)
    {
        try
        {
            await web.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new MasterStartException($"{options.Listen} is in use by another program: stop it, or give the master another address", e);
        }
        catch (SocketException e)
        {
            throw new MasterStartException($"the master cannot listen on {options.Listen}: {e.Message}", e);
        }

        var address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new IPEndPoint(options.Listen.Address, new Uri(address).Port);
    }

    private static SqliteJournal OpenState(MasterOptions options)
    {
        try
        {
            Directory.CreateDirectory(options.DataDirectory);
            return SqliteJournal.Open(Path.Combine(options.DataDirectory, StateFileName), ClusterFormat.Registry(), options.Journal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterStartException($"the data directory {options.DataDirectory} cannot be created or used: {e.Message}", e);
        }
        catch (JournalException e)
        {
            throw new MasterStartException(e.Message, e);
        }
    }

    private static async Task RecoverAsync(IActorRef master, Task<Exception> failed, CancellationToken cancel)
    {
        var recovered = master.Ask<AwaitRecovered>(new AwaitRecovered(), RecoveryTimeout, cancel);
        if (await Task.WhenAny(recovered, failed).ConfigureAwait(false) == failed)
        {
            var cause = await failed.ConfigureAwait(false);
            throw new MasterStartException(cause.Message, cause);
        }

        await recovered.ConfigureAwait(false);
    }

    private static async Task StopOnceAsync(WebApplication web, ActorSystem? system, SqliteJournal? journal)
    {
        await web.StopAsync().ConfigureAwait(false);
        await web.DisposeAsync().ConfigureAwait(false);
        if (system is not null)
        {
            var ended = system.WhenTerminated; // what Terminate returns can be null where the system ends at that very moment
            _ = system.Terminate();
            await ended.ConfigureAwait(false);
        }

        journal?.Dispose(); // after the actors: it performs what they asked for last
    }
}

/// <summary>The master could not start; the message is one sentence for its operator.</summary>
public sealed class MasterStartException(string message, Exception cause) : Exception(message, cause);
