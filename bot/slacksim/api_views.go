package slacksim

// viewArgument reads and judges the view argument.
func (c *call) viewArgument(kind string) (object, error) {
	if err := c.missing("view"); err != nil {
		return nil, err
	}
	v, ok := c.structure("view")
	body, isObject := v.(object)
	if !ok || !isObject {
		return nil, badArgument("must provide an object [json-pointer:/view]")
	}
	if err := c.world().checkView(body); err != nil {
		return nil, err
	}
	if kind != "" && str(body["type"]) != kind {
		return nil, badArgument("must be one of: " + kind + " [json-pointer:/view/type]")
	}
	return body, nil
}

// freshExternalID: an external_id names one view in the whole workspace.
func (s *Server) freshExternalID(body object, except *view) error {
	id := str(body["external_id"])
	if id == "" {
		return nil
	}
	for _, v := range s.views {
		if v != except && str(v.body["external_id"]) == id {
			return refuse("duplicate_external_id")
		}
	}
	return nil
}

// opening is what views.open and views.push share. The trigger is exchanged
// last: a call that was refused for its view may be tried again.
func (c *call) opening() (p *person, body object, err error) {
	if err := c.missing("trigger_id"); err != nil {
		return nil, nil, err
	}
	if body, err = c.viewArgument("modal"); err != nil {
		return nil, nil, err
	}
	if err = c.freshExternalID(body, nil); err != nil {
		return nil, nil, err
	}
	p, err = c.exchange(c.text("trigger_id"))
	return p, body, err
}

func (c *call) viewsOpen() (object, error) {
	p, body, err := c.opening()
	if err != nil {
		return nil, err
	}
	c.closeModals(p)
	v := c.newView(p, body, nil)
	p.modals = []*view{v}
	return object{"view": c.viewObject(v)}, nil
}

func (c *call) viewsPush() (object, error) {
	p, body, err := c.opening()
	switch {
	case err != nil:
		return nil, err
	case len(p.modals) == 0:
		return nil, refuse("not_found")
	}
	v, err := c.push(p, body)
	if err != nil {
		return nil, err
	}
	return object{"view": c.viewObject(v)}, nil
}

// push puts a modal on top of those that are open.
func (s *Server) push(p *person, body object) (*view, error) {
	top := p.modals[len(p.modals)-1]
	if top.depth() >= viewStack.max() {
		return nil, refuse("push_limit_reached")
	}
	v := s.newView(p, body, top)
	p.modals = append(p.modals, v)
	return v, nil
}

func (c *call) viewsUpdate() (object, error) {
	if c.has("view_id") && c.has("external_id") {
		return nil, badArgument("Cannot provide both `view_id` and `external_id`")
	}
	if !c.has("view_id") && !c.has("external_id") {
		return nil, badArgument("missing required field: view_id")
	}
	body, err := c.viewArgument("")
	if err != nil {
		return nil, err
	}
	v := c.views[c.text("view_id")]
	if v == nil && c.has("external_id") {
		for _, known := range c.views {
			if str(known.body["external_id"]) == c.text("external_id") {
				v = known
			}
		}
	}
	if v == nil {
		return nil, refuse("not_found")
	}
	if err := c.replaceView(v, body, c.text("hash")); err != nil {
		return nil, err
	}
	return object{"view": c.viewObject(v)}, nil
}

// replaceView gives a view a checked body, if the caller knew its present one.
func (s *Server) replaceView(v *view, body object, hash string) error {
	switch {
	case str(body["type"]) != v.kind():
		return badArgument("must be one of: " + v.kind() + " [json-pointer:/view/type]")
	case hash != "" && hash != v.hash:
		return refuse("hash_conflict")
	}
	if err := s.freshExternalID(body, v); err != nil {
		return err
	}
	s.fillView(v, body)
	return nil
}

func (c *call) viewsPublish() (object, error) {
	if err := c.missing("user_id"); err != nil {
		return nil, err
	}
	body, err := c.viewArgument("home")
	if err != nil {
		return nil, err
	}
	p := c.person(c.text("user_id"))
	if p == nil || p.dm == nil {
		return nil, refuse("user_not_found")
	}
	if p.home == nil {
		if err := c.freshExternalID(body, nil); err != nil {
			return nil, err
		}
		if c.has("hash") {
			return nil, refuse("hash_conflict")
		}
		p.home = c.newView(p, body, nil)
	} else if err := c.replaceView(p.home, body, c.text("hash")); err != nil {
		return nil, err
	}
	p.homes++
	return object{"view": c.viewObject(p.home)}, nil
}
