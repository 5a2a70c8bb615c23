// Which parts the archive has: run names the set that it linked.
#include "Harness.h"

#include "Bridge/assets.h"
#include "Bridge/render.h"

using cyclorama::Status;

TEST(the_stage_set_says_in_words_that_content_and_rendering_are_not_in_it_and_the_default_one_has_them)
{
	const char* Set = std::getenv("HARNESS_SET");
	const bool bStage = Set && std::string(Set) == "stage";
	cyclorama::PublishConfig Publish{};
	Publish.folder = "/no/such/folder";
	Publish.store = "/no/such/store";
	Publish.keep = cyclorama::Keep::Ask;
	const auto Work = cyclorama::assets_publish(Publish);
	const Status Published = Work->assets_wait(30000000);
	EXPECT(Published != Status::Ok && (Published == Status::Unsupported) == bStage);
	EXPECT(!Work->assets_text().empty());
	const auto Plan = cyclorama::render_plan(cyclorama::RenderConfig{});
	const Status Planned = Plan->render_wait(30000000);
	EXPECT(Planned != Status::Ok && (Planned == Status::Unsupported) == bStage);
	EXPECT(!Plan->render_text().empty());
}
