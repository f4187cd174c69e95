// Apache Jena's engine (TDB2 in memory, union default graph) behind the SPARQL 1.1 protocols, for
// test_kg_jena.py: Debian has Jena but not Fuseki, its server. Run as `java KgJenaServer.java PORT`.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.QueryParseException;
import org.apache.jena.query.ReadWrite;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.rdf.model.Model;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFDataMgr;
import org.apache.jena.tdb2.TDB2;
import org.apache.jena.tdb2.TDB2Factory;
import org.apache.jena.update.UpdateAction;

public class KgJenaServer {
    interface Work { String done(HttpExchange asked, ByteArrayOutputStream out) throws IOException; }

    static final Dataset DATA = TDB2Factory.createDataset();

    public static void main(String[] arguments) throws IOException {
        TDB2.getContext().set(TDB2.symUnionDefaultGraph, true);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 0);
        serve(server, "/query", KgJenaServer::query);
        serve(server, "/update", KgJenaServer::update);
        serve(server, "/data", KgJenaServer::graphStore);
        server.start();
    }

    static void serve(HttpServer server, String path, Work work) {
        server.createContext(path, asked -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            int status = 200;
            DATA.begin(path.equals("/query") ? ReadWrite.READ : ReadWrite.WRITE);
            try {
                asked.getResponseHeaders().set("Content-Type", work.done(asked, out));
                DATA.commit();
            } catch (QueryParseException wrong) {
                status = 400;
                out.reset();
                out.writeBytes(wrong.getMessage().getBytes("UTF-8"));
            } catch (RuntimeException broken) {
                status = 500;
                broken.printStackTrace();
            } finally {
                DATA.end();
            }
            asked.sendResponseHeaders(status, out.size() == 0 ? -1 : out.size());
            asked.getResponseBody().write(out.toByteArray());
            asked.close();
        });
    }

    static String query(HttpExchange asked, ByteArrayOutputStream out) throws IOException {
        Query query = QueryFactory.create(form(body(asked)).get("query"));
        try (QueryExecution run = QueryExecutionFactory.create(query, DATA)) {
            if (query.isConstructType() || query.isDescribeType()) {
                Model model = query.isConstructType() ? run.execConstruct() : run.execDescribe();
                RDFDataMgr.write(out, model, Lang.NTRIPLES);
                return "application/n-triples";
            }
            if (query.isAskType()) ResultSetFormatter.outputAsJSON(out, run.execAsk());
            else ResultSetFormatter.outputAsJSON(out, run.execSelect());
            return "application/sparql-results+json";
        }
    }

    static String update(HttpExchange asked, ByteArrayOutputStream out) throws IOException {
        UpdateAction.parseExecute(body(asked), DATA);
        return "text/plain";
    }

    static String graphStore(HttpExchange asked, ByteArrayOutputStream out) throws IOException {
        Model graph = DATA.getNamedModel(form(asked.getRequestURI().getRawQuery()).get("graph"));
        if (asked.getRequestMethod().equals("POST")) RDFDataMgr.read(graph, asked.getRequestBody(), Lang.NTRIPLES);
        else RDFDataMgr.write(out, graph, Lang.NTRIPLES);
        return "application/n-triples";
    }

    static String body(HttpExchange asked) throws IOException {
        return new String(asked.getRequestBody().readAllBytes(), "UTF-8");
    }

    static Map<String, String> form(String text) throws IOException {
        Map<String, String> found = new HashMap<>();
        for (String pair : text.split("&")) {
            String[] parts = pair.split("=", 2);
            found.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], "UTF-8"));
        }
        return found;
    }
}
